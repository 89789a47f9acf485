import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startJobInstallation } from './lib/job-installation.ts';

/*
 * A storm of events: so many wait in the queue of an instrument when its worker comes, the event of each dataset once and then four times more. How many a
 * second are decided, from the first decision to the last: for a trigger that lets one job be alive at a time, and for one that starts a job for each dataset.
 * Each row on an installation of its own, all in one run: what a waiting event costs the others shows in how the rates of few and of many compare.
 * Options: --events N,N (1000,10000), --statements (what each row's statements took, from pg_stat_statements).
 */

const { values: given } = parseArgs({
  options: { events: { type: 'string' }, statements: { type: 'boolean' } },
});
const SIZES = (given.events ?? '1000,10000').split(',').map(Number);
const DELIVERIES = 5;
const STALLED_MS = 120_000;
const CASES = [
  { starts: 'one at a time', mostAtOnce: 1 },
  { starts: 'all', mostAtOnce: null },
];

async function storm(events: number, { starts, mostAtOnce }: (typeof CASES)[number]) {
  const installation = await startJobInstallation({ isIdle: true, countStatements: given.statements });
  try {
    await installation.storm({ datasets: events / DELIVERIES, deliveries: DELIVERIES, mostAtOnce });
    await installation.startWorker();
    let [left, since] = [events, performance.now()];
    let seen = await installation.eventsSoFar();
    while (seen.waiting > 0) {
      await sleep(500);
      seen = await installation.eventsSoFar();
      if (seen.waiting < left) [left, since] = [seen.waiting, performance.now()];
      if (performance.now() - since > STALLED_MS)
        throw new Error(`no event is decided any more: ${left} wait`);
    }
    if (given.statements) process.stderr.write(`${await installation.longestStatements()}\n`);
    return {
      ...{ events, starts, decisions: seen.decided, jobs: seen.jobs, doubled: seen.jobsOfSameDataset },
      ...{ seconds: Math.round(seen.seconds * 10) / 10, events_per_s: Math.round(events / seen.seconds) },
    };
  } finally {
    await installation.stop();
  }
}

const rows: Awaited<ReturnType<typeof storm>>[] = [];
for (const each of CASES) for (const events of SIZES) rows.push(await storm(events, each));
const [few, many] = [SIZES[0], SIZES.at(-1)];
const ratios = CASES.map(({ starts }) => {
  const rate = (events?: number) =>
    rows.find((row) => row.starts === starts && row.events === events)?.events_per_s ?? Number.NaN;
  return { starts, many_to_few: Math.round((rate(many) / rate(few)) * 100) / 100 };
});
process.stdout.write(`${JSON.stringify({ bench: 'trigger-storm', rows, ratios })}\n`);
