import { and, desc, eq, inArray, like, sql } from 'drizzle-orm';
import type { TemplateOutput } from '../../../shared/contracts/template-content.ts';
import type { Queryable } from '../../db/client.ts';
import {
  datasetResult,
  file,
  job,
  jobProvisionalFile,
  jobTemplate,
  person,
  trigger,
} from '../../db/schema/index.ts';

const LEAVES_SPOTS: Pick<TemplateOutput, 'kind'>[] = [{ kind: 'spots' }];

/** Jobs of an experiment on a dataset that leave spots and succeeded or go on: the one that stands for the dataset first, then the newest. */
export async function jobsWithSpots(
  q: Queryable,
  of: { datasetId: string; experimentId: string; limit: number },
) {
  return q
    .select({
      jobId: job.id,
      state: job.state,
      templateName: jobTemplate.name,
      outputs: jobTemplate.outputs,
      outputPath: job.outputPath,
      startedByName: person.name,
      triggerName: trigger.name,
      isResult: sql<boolean>`${datasetResult.jobId} is not null`,
      createdAt: job.createdAt,
      finishedAt: job.finishedAt,
    })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .leftJoin(person, eq(person.id, job.startedBy))
    .leftJoin(trigger, eq(trigger.id, job.triggerId))
    .leftJoin(datasetResult, and(eq(datasetResult.jobId, job.id), eq(datasetResult.datasetId, of.datasetId)))
    .where(
      and(
        eq(job.datasetId, of.datasetId),
        eq(job.experimentId, of.experimentId),
        inArray(job.state, ['submitted', 'running', 'succeeded']),
        sql`${jobTemplate.outputs} @> ${JSON.stringify(LEAVES_SPOTS)}::jsonb`,
      ),
    )
    .orderBy(sql`(${datasetResult.jobId} is not null) desc`, desc(job.createdAt))
    .limit(of.limit);
}

/** Stored results by their paths in the experiment. */
export async function resultsAt(q: Queryable, experimentId: string, paths: readonly string[]) {
  if (paths.length === 0) return [];
  return q
    .select({ path: file.path, storeKey: file.storeKey, version: file.version, sizeBytes: file.sizeBytes })
    .from(file)
    .where(and(eq(file.experimentId, experimentId), eq(file.kind, 'result'), inArray(file.path, [...paths])));
}

/** What runs that go on have left so far of files of spots, by job and path. */
export async function spotFilesSoFar(q: Queryable, jobIds: readonly string[]) {
  if (jobIds.length === 0) return [];
  return q
    .select({
      jobId: jobProvisionalFile.jobId,
      path: jobProvisionalFile.path,
      sizeBytes: jobProvisionalFile.sizeBytes,
      changedAt: jobProvisionalFile.changedAt,
    })
    .from(jobProvisionalFile)
    .where(
      and(
        inArray(jobProvisionalFile.jobId, [...jobIds]),
        like(jobProvisionalFile.path, '%.spots'),
        sql`${jobProvisionalFile.content} is not null`,
      ),
    )
    .orderBy(jobProvisionalFile.jobId, jobProvisionalFile.path);
}
