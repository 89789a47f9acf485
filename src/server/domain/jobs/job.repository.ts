import { and, asc, desc, eq, gt, inArray, lt, or, type SQL, sql } from 'drizzle-orm';
import {
  JOB_FINAL_STATES,
  JOB_TRANSITIONS,
  type JobState,
  statesBefore,
} from '../../../shared/model/states.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  dataset,
  experiment,
  file,
  instrument,
  instrumentStaff,
  job,
  jobLog,
  jobTemplate,
  membership,
  person,
  trigger,
} from '../../db/schema/index.ts';

export type JobRow = typeof job.$inferSelect;

/** Null when this trigger has started its job for this dataset before. */
export async function insertJob(tx: Transaction, row: typeof job.$inferInsert): Promise<JobRow | null> {
  const [inserted] = await tx.insert(job).values(row).onConflictDoNothing().returning();
  return inserted ?? null;
}

/** Has the queue look for waiting jobs; same transaction as the job itself. */
export async function enqueueSubmit(tx: Transaction, jobId: string): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(
      'submit-job', json_build_object('jobId', ${jobId}::text), job_key => ${`submit-job:${jobId}`}::text
    )`);
}

/** Serialises the choice of output folders of an experiment until the transaction ends. */
export async function lockOutputs(tx: Transaction, experimentId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`job-output:${experimentId}`}, 0))`);
}

/** Whether a folder of the experiment is another job's, or holds files already. */
export async function isFolderTaken(q: Queryable, experimentId: string, folder: string): Promise<boolean> {
  const { rows } = await q.execute<{ taken: boolean }>(sql`
    select exists (select 1 from ${job} where ${job.experimentId} = ${experimentId} and ${job.outputPath} = ${folder})
        or exists (select 1 from ${file} where ${file.experimentId} = ${experimentId}
                   and (${file.parent} = ${folder} or starts_with(${file.parent}, ${`${folder}/`}))) as taken`);
  return rows[0]?.taken ?? false;
}

const QUEUED_BEFORE = sql<number | null>`case when ${job.state} = 'queued' then (
  select count(*)::int from job earlier
  where earlier.state = 'queued' and (earlier.created_at, earlier.id) < (${job.createdAt}, ${job.id})) end`;

const viewColumns = {
  id: job.id,
  experimentId: job.experimentId,
  experimentCode: experiment.code,
  experimentTitle: experiment.title,
  instrumentId: experiment.instrumentId,
  instrumentName: instrument.name,
  datasetId: job.datasetId,
  base: dataset.base,
  templateSlug: jobTemplate.slug,
  templateName: jobTemplate.name,
  templateVersion: jobTemplate.version,
  declaredMetrics: jobTemplate.metrics,
  triggerId: job.triggerId,
  triggerName: trigger.name,
  startedBy: job.startedBy,
  startedByName: person.name,
  state: job.state,
  /** How many jobs wait before this one; null unless it waits itself. */
  queuedBefore: QUEUED_BEFORE,
  progress: job.progress,
  progressText: job.progressText,
  metrics: job.metrics,
  failure: job.failure,
  isolation: job.isolation,
  outputPath: job.outputPath,
  exitCode: job.exitCode,
  createdAt: job.createdAt,
  submittedAt: job.submittedAt,
  startedAt: job.startedAt,
  finishedAt: job.finishedAt,
};

function views(q: Queryable) {
  return q
    .select(viewColumns)
    .from(job)
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .leftJoin(dataset, eq(dataset.id, job.datasetId))
    .leftJoin(trigger, eq(trigger.id, job.triggerId))
    .leftJoin(person, eq(person.id, job.startedBy));
}

export type JobViewRow = Awaited<ReturnType<typeof findView>> & object;

export interface JobListFilter {
  /** Null: the system, which sees all. */
  personId: string | null;
  /** Staff access to proprietary experiments that finished before this has lapsed. */
  staffFinishedAfter: Date;
  experimentId?: string;
  instrumentId?: string;
  datasetId?: string;
  states?: readonly JobState[];
  after: { createdAt: Date; id: string } | null;
  limit: number;
}

/** Jobs of the experiments a person may see: the same rule as the experiment policy, over sets. */
function visibleTo(filter: JobListFilter): SQL | undefined {
  if (filter.personId === null) return undefined;
  const member = sql`exists (select 1 from ${membership} where ${membership.experimentId} = ${job.experimentId}
    and ${membership.personId} = ${filter.personId})`;
  const staff = sql`(exists (select 1 from ${instrumentStaff} where ${instrumentStaff.instrumentId} = ${experiment.instrumentId}
    and ${instrumentStaff.personId} = ${filter.personId})
    and (not ${experiment.proprietary} or ${experiment.finishedAt} is null
         or ${experiment.finishedAt} > ${filter.staffFinishedAfter.toISOString()}::timestamptz))`;
  return or(member, staff);
}

/** Newest first. */
export async function listViews(q: Queryable, filter: JobListFilter) {
  const { after } = filter;
  return views(q)
    .where(
      and(
        visibleTo(filter),
        filter.experimentId ? eq(job.experimentId, filter.experimentId) : undefined,
        filter.instrumentId ? eq(experiment.instrumentId, filter.instrumentId) : undefined,
        filter.datasetId ? eq(job.datasetId, filter.datasetId) : undefined,
        filter.states ? inArray(job.state, [...filter.states]) : undefined,
        after
          ? or(
              lt(job.createdAt, after.createdAt),
              and(eq(job.createdAt, after.createdAt), lt(job.id, after.id)),
            )
          : undefined,
      ),
    )
    .orderBy(desc(job.createdAt), desc(job.id))
    .limit(filter.limit);
}

export async function findView(q: Queryable, jobId: string) {
  const rows = await views(q).where(eq(job.id, jobId));
  return rows[0] ?? null;
}

/** What only the opened row shows. */
export async function findDetail(q: Queryable, jobId: string) {
  const [row] = await q
    .select({
      parameters: job.parameters,
      declaredParameters: jobTemplate.parameters,
      plots: job.plots,
      templateDescription: jobTemplate.description,
    })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .where(eq(job.id, jobId));
  return row ?? null;
}

export async function findJob(q: Queryable, jobId: string): Promise<JobRow | null> {
  const rows = await q.select().from(job).where(eq(job.id, jobId));
  return rows[0] ?? null;
}

/** The results of a job: the files in its folder. */
export async function resultFiles(q: Queryable, experimentId: string, folder: string, limit: number) {
  return q
    .select({ id: file.id, path: file.path, name: file.name, sizeBytes: file.sizeBytes })
    .from(file)
    .where(
      and(
        eq(file.experimentId, experimentId),
        eq(file.kind, 'result'),
        or(eq(file.parent, folder), sql`starts_with(${file.parent}, ${`${folder}/`})`),
      ),
    )
    .orderBy(asc(file.path))
    .limit(limit);
}

export async function logAfter(q: Queryable, jobId: string, afterSeq: number, limit: number) {
  return q
    .select({ seq: jobLog.seq, at: jobLog.at, text: jobLog.text })
    .from(jobLog)
    .where(and(eq(jobLog.jobId, jobId), gt(jobLog.seq, afterSeq)))
    .orderBy(asc(jobLog.seq))
    .limit(limit);
}

/** The newest `limit` chunks, in order. */
export async function logTail(q: Queryable, jobId: string, limit: number) {
  const rows = await q
    .select({ seq: jobLog.seq, at: jobLog.at, text: jobLog.text })
    .from(jobLog)
    .where(eq(jobLog.jobId, jobId))
    .orderBy(desc(jobLog.seq))
    .limit(limit);
  return rows.reverse();
}

/**
 * Moves a job to another state, if it is in one from which that is allowed, and sets what goes with it. Null when it is not: somebody else was
 * faster. `leaseOwner` fences: a worker whose lease was taken over changes nothing.
 */
export async function transitionJob(
  tx: Transaction,
  jobId: string,
  to: JobState,
  set: Partial<typeof job.$inferInsert>,
  leaseOwner?: string,
): Promise<JobRow | null> {
  const [row] = await tx
    .update(job)
    .set({ ...set, state: to })
    .where(
      and(
        eq(job.id, jobId),
        inArray(job.state, statesBefore(JOB_TRANSITIONS, to)),
        leaseOwner === undefined ? undefined : eq(job.leaseOwner, leaseOwner),
      ),
    )
    .returning();
  return row ?? null;
}

export async function isFinal(q: Queryable, jobIds: readonly string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const rows = await q
    .select({ id: job.id })
    .from(job)
    .where(and(inArray(job.id, [...jobIds]), inArray(job.state, [...JOB_FINAL_STATES])));
  return new Set(rows.map((row) => row.id));
}
