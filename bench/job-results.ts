import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { apiOfSession } from '#scripts/lib/facility-api.ts';

import { signIn, startDemoInstallation } from './lib/demo-installation.ts';
import { readLiveEvents } from './lib/event-stream.ts';
import { plainTemplate } from './lib/plain-template.ts';

/*
 * How long after a running job wrote a result into JOB_OUTPUT_DIR the page of the job has it: the event in the stream that the page listens to, and
 * the answer to the question that the page then asks. The script writes a file every so often and names it by the time.
 * Options: --files N (60), --every SECONDS (1.3), so that files fall on every moment between the looks of a worker.
 */

const { values: given } = parseArgs({ options: { files: { type: 'string' }, every: { type: 'string' } } });
const FILES = Number(given.files ?? 60);
const EVERY_S = Number(given.every ?? 1.3);
const PATIENCE_MS = 120_000;

const SCRIPT = `for n in $(seq ${FILES}); do
  sleep ${EVERY_S}
  at=$(date +%s%3N)
  echo "{\\"files\\": $n}" > "$JOB_OUTPUT_DIR/.new"
  mv "$JOB_OUTPUT_DIR/.new" "$JOB_OUTPUT_DIR/$at.json"
done
sleep 5
`;

const installation = await startDemoInstallation();
const stopping = new AbortController();
/** By file; from its name to the answer that has it. */
const latencyMs = new Map<string, number>();
try {
  const { web, experiment } = installation;
  const cookie = await signIn(installation, 'scientist');
  const api = apiOfSession(web, cookie);
  const content = plainTemplate({ name: 'Nothing', script: SCRIPT, timeLimitS: 3600 });
  const { slug } = await api.templates.create.mutate({ content });
  const { jobId } = await api.jobs.runTemplate.mutate({ experimentId: experiment.id, templateSlug: slug });
  let state = 'queued';
  let isAsking = false;
  let again = false;
  /** As the page does: one question at a time, once more for what was heard meanwhile. */
  async function ask(): Promise<void> {
    isAsking = true;
    do {
      again = false;
      const job = await api.jobs.get.query({ jobId });
      const nowMs = Date.now();
      ({ state } = job);
      for (const { name } of job.files) {
        if (!latencyMs.has(name)) latencyMs.set(name, nowMs - Number.parseInt(name, 10));
      }
    } while (again);
    isAsking = false;
  }
  await readLiveEvents({
    ...{ web, cookie, topics: [`job:${jobId}`], signal: stopping.signal },
    onEvents: (events) => {
      if (!events.some(({ kind }) => kind === 'job.changed')) return;
      again = true;
      if (!isAsking) void ask();
    },
  });
  const untilMs = Date.now() + FILES * EVERY_S * 1000 + PATIENCE_MS;
  while (latencyMs.size < FILES && Date.now() < untilMs) await sleep(200);
  if (latencyMs.size < FILES)
    throw new Error(`${latencyMs.size} of ${FILES} results came, the job is ${state}`);
} finally {
  stopping.abort();
  await installation.stop();
}
const sorted = [...latencyMs.values()].sort((a, b) => a - b);
const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
process.stdout.write(
  `${JSON.stringify({
    bench: 'job-results',
    rows: [{ driver: 'process', files: FILES, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) }],
  })}\n`,
);
