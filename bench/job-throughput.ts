import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startJobInstallation } from './lib/job-installation.ts';

/*
 * Many trivial jobs to completion: as many datasets are committed one after the other as fast as they can be, each starts a job; until the last has
 * its final state. As many run at once as the worker has CPUs for (half of the machine's).
 * With --storm instead: so many events at once (10,000: each of 2,000 datasets five times), for a trigger that lets one job be alive at a time, until
 * all of them are decided.
 * Options: --jobs N (1000), --storm, --events N (10000).
 */

const { values: given } = parseArgs({
  options: { jobs: { type: 'string' }, storm: { type: 'boolean' }, events: { type: 'string' } },
});
const JOBS = Number(given.jobs ?? 1000);
const EVENTS = Number(given.events ?? 10_000);
const DELIVERIES = 5;
const STALLED_MS = 120_000;

const installation = await startJobInstallation();

async function storm() {
  const beginMs = performance.now();
  await installation.storm(EVENTS / DELIVERIES, DELIVERIES);
  const committedMs = performance.now() - beginMs;
  let [left, since] = [EVENTS, performance.now()];
  let seen = await installation.eventsSoFar();
  while (seen.waiting > 0) {
    await sleep(250);
    seen = await installation.eventsSoFar();
    if (seen.waiting < left) [left, since] = [seen.waiting, performance.now()];
    if (performance.now() - since > STALLED_MS) throw new Error(`no event is decided any more: ${left} wait`);
  }
  const seconds = (performance.now() - beginMs) / 1000;
  return {
    ...{ driver: 'process', events: EVENTS, datasets: EVENTS / DELIVERIES, decisions: seen.decided },
    ...{ jobs: seen.jobs, doubled: seen.jobsOfSameDataset },
    ...{ commit_s: Math.round(committedMs / 100) / 10, seconds: Math.round(seconds * 10) / 10 },
    events_per_s: Math.round(EVENTS / seconds),
  };
}

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
  const row = await (given.storm ? storm() : throughput());
  const bench = given.storm ? 'job-throughput --storm' : 'job-throughput';
  process.stdout.write(`${JSON.stringify({ bench, rows: [row] })}\n`);
} finally {
  await installation.stop();
}
