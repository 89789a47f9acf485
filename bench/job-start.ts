import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startJobInstallation } from './lib/job-installation.ts';

/*
 * How long after a dataset was committed the process of the job it starts runs: through the queue, the trigger, the sponsor, the lease and the
 * sandbox. One at a time, on a worker that has nothing else to do. The process runs when its supervisor has started it, in its sandbox and under
 * its limits (`program.json` in the folder of the run).
 * Options: --runs N (100).
 */

const { values: given } = parseArgs({ options: { runs: { type: 'string' } } });
const RUNS = Number(given.runs ?? 100);
/** The first ones start what is started once: connections, the search for a sandbox. */
const WARM_UP = 5;
const LOOK_MS = 2;
const PATIENCE_MS = 60_000;

function startedAtMs(runFolder: string): number | null {
  return statSync(path.join(runFolder, 'program.json'), { throwIfNoEntry: false })?.mtimeMs ?? null;
}

const installation = await startJobInstallation();
const startMs: number[] = [];
try {
  for (let n = 0; n < WARM_UP + RUNS; n++) {
    const { datasetId, committedAtMs } = await installation.commitDataset();
    let started: number | null = null;
    let state = '';
    while (started === null || !['succeeded', 'failed'].includes(state)) {
      if (Date.now() > committedAtMs + PATIENCE_MS) throw new Error(`run ${n} did not come to its end`);
      const job = await installation.jobOf(datasetId);
      state = job?.state ?? '';
      // The folder goes with the end of the job, which its worker sees half a second later at most.
      if (job) started ??= startedAtMs(path.join(installation.runsDir, `${job.id}-1`));
      await sleep(LOOK_MS);
    }
    if (state !== 'succeeded') throw new Error(`run ${n} ended as ${state}`);
    if (n >= WARM_UP) startMs.push(started - committedAtMs);
  }
} finally {
  await installation.stop();
}
const sorted = startMs.toSorted((a, b) => a - b);
const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
process.stdout.write(
  `${JSON.stringify({ bench: 'job-start', rows: [{ driver: 'process', runs: RUNS, p50_ms: at(0.5), p95_ms: at(0.95) }] })}\n`,
);
