import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { acquisition, dataset, experiment, file, job, jobTemplate, sample } from '../../db/schema/index.ts';

/** A dataset with all that conditions and parameters ask of it. */
export async function datasetFacts(q: Queryable, datasetId: string) {
  const [row] = await q
    .select({ dataset, acquisition, sampleName: sample.name })
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .where(eq(dataset.id, datasetId));
  return row ?? null;
}
export type DatasetFacts = NonNullable<Awaited<ReturnType<typeof datasetFacts>>>;

export async function bytesOfDataset(q: Queryable, datasetId: string): Promise<number> {
  const [row] = await q
    .select({ bytes: sql<number>`coalesce(sum(${file.sizeBytes}), 0)::float8` })
    .from(file)
    .where(eq(file.datasetId, datasetId));
  return row?.bytes ?? 0;
}

/** Of an acquisition in an experiment: how many of its datasets still grow, and the frames of all. */
export async function datasetsOfAcquisition(q: Queryable, acquisitionId: string, experimentId: string) {
  const [row] = await q
    .select({
      receiving: sql<number>`(count(*) filter (where ${dataset.state} = 'receiving'))::int`,
      framesStored: sql<number>`coalesce(sum(${dataset.framesStored}), 0)::float8`,
    })
    .from(dataset)
    .where(and(eq(dataset.acquisitionId, acquisitionId), eq(dataset.experimentId, experimentId)));
  return row ?? { receiving: 0, framesStored: 0 };
}

export async function endedJob(q: Queryable, jobId: string) {
  const [row] = await q
    .select({ job, templateSlug: jobTemplate.slug, instrumentId: experiment.instrumentId })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .where(eq(job.id, jobId));
  return row ?? null;
}

/** Files that are in an experiment; results of jobs are none that triggers look at. */
export async function storedFiles(q: Queryable, fileIds: readonly string[]) {
  return q
    .select({
      id: file.id,
      experimentId: file.experimentId,
      instrumentId: file.instrumentId,
      datasetId: file.datasetId,
      path: file.path,
      sizeBytes: file.sizeBytes,
    })
    .from(file)
    .where(
      and(inArray(file.id, [...fileIds]), sql`${file.experimentId} is not null and ${file.kind} <> 'result'`),
    )
    .orderBy(file.path);
}

/** The newest complete datasets of an experiment, oldest first. */
export async function completeDatasets(q: Queryable, experimentId: string, limit: number): Promise<string[]> {
  const rows = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(and(eq(dataset.experimentId, experimentId), eq(dataset.state, 'complete')))
    .orderBy(desc(dataset.startedAt), desc(dataset.id))
    .limit(limit);
  return rows.map(({ id }) => id).reverse();
}
