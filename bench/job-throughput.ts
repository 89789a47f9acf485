import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startJobInstallation } from './lib/job-installation.ts';

/*
 * Many trivial jobs to completion: as many datasets are committed one after the other as fast as they can be, each starts a job; until the last has
 * its final state. As many run at once as the worker has CPUs for (half of the machine's).
 * Options: --jobs N (1000).
 */

const { values: given } = parseArgs({ options: { jobs: { type: 'string' } } });
const JOBS = Number(given.jobs ?? 1000);
const STALLED_MS = 120_000;

const installation = await startJobInstallation();

async function throughput() {
  const beginMs = performance.now();
  for (let n = 0; n < JOBS; n++) await installation.commitDataset();
  const committedMs = performance.now() - beginMs;
  let counts: Record<string, number> = {};
  let [over, since] = [0, performance.now()];
  while (over < JOBS) {
    await sleep(100);
    counts = await installation.countJobs();
    const now = (counts.succeeded ?? 0) + (counts.failed ?? 0);
    if (now > over) [over, since] = [now, performance.now()];
    if (performance.now() - since > STALLED_MS)
      throw new Error(`no job ended any more: ${JSON.stringify(counts)}`);
  }
  const seconds = (performance.now() - beginMs) / 1000;
  return {
    ...{ driver: 'process', jobs: JOBS, failed: counts.failed ?? 0 },
    ...{ commit_s: Math.round(committedMs / 100) / 10, seconds: Math.round(seconds * 10) / 10 },
    jobs_per_s: Math.round((JOBS / seconds) * 100) / 100,
  };
}

try {
  const row = await throughput();
  process.stdout.write(`${JSON.stringify({ bench: 'job-throughput', rows: [row] })}\n`);
} finally {
  await installation.stop();
}
