import type { JobDataset, JobRequest } from '../../../shared/contracts/job-run.ts';
import type { ParameterValues } from '../../../shared/contracts/job-template.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { datasetForRun, type RunJob } from './job-lease.repository.ts';

async function readDataset(q: Queryable, datasetId: string): Promise<JobDataset> {
  const found = await datasetForRun(q, datasetId);
  if (!found) throw new AppError('NOT_FOUND', 'The dataset of the job is gone.');
  const { dataset, masterPath, frames } = found;
  return {
    id: dataset.id,
    base: dataset.base,
    masterPath,
    channels: dataset.channels,
    geometry: dataset.geometry,
    framesExpected: dataset.framesExpected,
    framesStored: dataset.framesStored,
    frames: frames.map(({ entries, ...row }) => ({
      ...row,
      entries: Buffer.from(entries).toString('base64'),
    })),
    masks: masterPath === null ? [] : dataset.masks,
  };
}

/** What the program of a job is told, as things are now. */
export async function buildRequest(q: Queryable, run: RunJob): Promise<JobRequest> {
  return {
    jobId: run.job.id,
    experimentCode: run.experimentCode,
    templateSlug: run.template.slug,
    templateVersion: run.template.version,
    parameters: run.job.parameters as ParameterValues,
    dataset: run.job.datasetId === null ? null : await readDataset(q, run.job.datasetId),
  };
}
