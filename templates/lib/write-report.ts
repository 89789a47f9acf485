import { rename, writeFile } from 'node:fs/promises';
import type { JobMetrics, JobPlot, JobProgress } from '#src/shared/contracts/job-run.ts';

/** Readers look at any moment: a report appears whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

export const writeProgress = (progress: JobProgress) => writeWhole('progress.json', JSON.stringify(progress));
export const writeMetrics = (metrics: JobMetrics) => writeWhole('metrics.json', JSON.stringify(metrics));
export const writePlots = (plots: readonly JobPlot[]) => writeWhole('plots.json', JSON.stringify(plots));
