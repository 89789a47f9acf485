import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { apiOfSession } from '#scripts/lib/facility-api.ts';

import { signIn, startDemoInstallation } from './lib/demo-installation.ts';
import { plainTemplate } from './lib/plain-template.ts';

/*
 * A job that prints a gigabyte as fast as it is read: how long it takes, when all of it is at home and the job over, what it takes in the database; then
 * what a reader waits for: opening the page at its end, its beginning, finding a line near the beginning, downloading, which is compared byte by byte.
 * Options: --mb N (1024), --keep (leaves the installation running for a look, until Ctrl-C).
 */

const { values: given } = parseArgs({ options: { mb: { type: 'string' }, keep: { type: 'boolean' } } });
const MEGABYTES = Number(given.mb ?? 1024);
const LINE = (n: number) =>
  `frame ${String(n).padStart(9, '0')}: ${String((n * 7919) % 997).padStart(3, ' ')} spots, resolution ${(1.2 + ((n * 31) % 240) / 100).toFixed(2)} A, background ${String((n * 17) % 89).padStart(2, ' ')} counts\n`;
const LINES = Math.ceil((MEGABYTES * 1024 ** 2) / LINE(0).length);
const SOUGHT = LINE(1234).slice(0, 15);
const PATIENCE_MS = 20 * 60_000;

const SCRIPT = `awk 'BEGIN { for (n = 0; n < ${LINES}; n++)
  printf "frame %09d: %3d spots, resolution %.2f A, background %2d counts\\n", n, (n * 7919) % 997, 1.2 + ((n * 31) % 240) / 100, (n * 17) % 89 }'
`;

async function timed<T>(act: () => Promise<T>): Promise<[T, number]> {
  const beginMs = performance.now();
  const answer = await act();
  return [answer, performance.now() - beginMs];
}
const seconds = (ms: number) => Math.round(ms / 100) / 10;

const installation = await startDemoInstallation();
try {
  const { web, experiment } = installation;
  const cookie = await signIn(installation, 'scientist');
  const api = apiOfSession(web, cookie);
  const content = plainTemplate({ name: 'Much to say', script: SCRIPT, timeLimitS: 3600 });
  const { slug } = await api.templates.create.mutate({ content });
  const run = { experimentId: experiment.id, templateSlug: slug };
  const beginMs = performance.now();
  const { jobId } = await api.jobs.runTemplate.mutate(run);
  let job = await api.jobs.get.query({ jobId });
  while (job.state !== 'succeeded') {
    if (job.state === 'failed' || performance.now() > beginMs + PATIENCE_MS)
      throw new Error(`the job is ${job.state}: ${job.failure?.message ?? ''}`);
    await sleep(250);
    job = await api.jobs.get.query({ jobId });
  }
  const overMs = performance.now() - beginMs;
  const printedMs = job.finishedAt!.getTime() - job.startedAt!.getTime();
  const [end, openMs] = await timed(() => api.jobs.log.query({ jobId }));
  const [, beginningMs] = await timed(() => api.jobs.log.query({ jobId, afterSeq: 0 }));
  const [found, searchMs] = await timed(async () => {
    for (let from: Parameters<typeof api.jobs.searchLog.query>[0]['from'] = null; ; ) {
      const page = await api.jobs.searchLog.query({ jobId, text: SOUGHT, from });
      if (page.hits.length > 0 || page.next === null) return page.hits;
      from = page.next;
    }
  });
  const [downloaded, downloadMs] = await timed(async () => {
    const answer = await fetch(`${web}/api/jobs/${jobId}/log`, { headers: { cookie } });
    const hash = createHash('sha256');
    const reader = answer.body!.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) hash.update(piece.value);
    return hash.digest('hex');
  });
  // Only now: it takes longer than a server keeps a connection on which nothing is asked.
  const printed = createHash('sha256');
  for (let n = 0; n < LINES; n++) printed.update(LINE(n));
  const pool = new pg.Pool({ connectionString: installation.databaseUrl, max: 1 });
  const { rows } = await pool.query("select pg_total_relation_size('job_log')::float8 as bytes");
  await pool.end();
  process.stdout.write(
    `${JSON.stringify({
      bench: 'job-log',
      rows: [
        {
          ...{ driver: 'process', mb: Math.round(end.sizeBytes / 1024 ** 2), lines: end.lines },
          ...{ whole: downloaded === printed.digest('hex'), found: found[0]?.line === 1234 },
          ...{ printed_s: seconds(printedMs), over_s: seconds(overMs) },
          ...{ database_mb: Math.round(rows[0].bytes / 1024 ** 2) },
          ...{ open_ms: Math.round(openMs), beginning_ms: Math.round(beginningMs) },
          ...{ search_s: seconds(searchMs), download_s: seconds(downloadMs) },
        },
      ],
    })}\n`,
  );
  if (given.keep) {
    process.stderr.write(`${web}/jobs/${jobId}?part=log\n${JSON.stringify(installation.accounts)}\n`);
    await new Promise((resolve) => process.once('SIGINT', resolve));
  }
} finally {
  await installation.stop();
}
