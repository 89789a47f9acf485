import { and, asc, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { PayingRule } from '../../../shared/model/sponsor.ts';
import {
  type DatasetState,
  JOB_FINAL_STATES,
  JOB_TRANSITIONS,
  type JobState,
  statesBefore,
} from '../../../shared/model/states.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  acquisition,
  dataset,
  datasetResult,
  experiment,
  file,
  instrument,
  job,
  jobTemplate,
  licence,
  person,
  profile,
  sample,
  sponsorshipRule,
  trigger,
} from '../../db/schema/index.ts';
import { visibleExperiments } from '../../db/tenant-floor.ts';

export type JobRow = typeof job.$inferSelect;

/** Null when this trigger has started its job for this dataset before. */
export async function insertJob(tx: Transaction, row: typeof job.$inferInsert): Promise<JobRow | null> {
  const [inserted] = await tx.insert(job).values(row).onConflictDoNothing().returning();
  return inserted ?? null;
}

/** Whether a trigger has started its job for a dataset in this state. */
export async function hasTriggered(
  q: Queryable,
  by: { id: string; state: DatasetState },
  of: { experimentId: string; dataset: { id: string } },
): Promise<boolean> {
  const rows = await q
    .select({ id: job.id })
    .from(job)
    .where(
      and(
        eq(job.triggerId, by.id),
        eq(job.datasetId, of.dataset.id),
        eq(job.triggerState, by.state),
        eq(job.experimentId, of.experimentId),
      ),
    );
  return rows.length > 0;
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
  where earlier.state = 'queued'
    and (earlier.priority, earlier.created_at, earlier.id) < (${job.priority}, ${job.createdAt}, ${job.id})) end`;

const viewColumns = {
  id: job.id,
  experimentId: job.experimentId,
  experimentCode: experiment.code,
  experimentTitle: experiment.title,
  instrumentId: instrument.id,
  instrumentName: instrument.name,
  datasetId: job.datasetId,
  base: dataset.base,
  /** Of its dataset. */
  sampleName: sample.name,
  templateSlug: jobTemplate.slug,
  templateName: jobTemplate.name,
  templateVersion: jobTemplate.version,
  declaredMetrics: jobTemplate.metrics,
  triggerId: job.triggerId,
  triggerName: trigger.name,
  startedBy: job.startedBy,
  startedByName: person.name,
  state: job.state,
  priority: job.priority,
  /** The job that it repeats. */
  parentId: job.parentId,
  /** How many jobs wait before this one; null unless it waits itself. */
  queuedBefore: QUEUED_BEFORE,
  progress: job.progress,
  progressText: job.progressText,
  metrics: job.metrics,
  /** Whether it stands for its dataset in lists, and since when a person has chosen it for that. */
  isResult: sql<boolean>`${datasetResult.jobId} is not null`,
  resultChosenAt: datasetResult.chosenAt,
  failure: job.failure,
  isolation: job.isolation,
  /** Its size; null: one CPU. */
  profileId: job.profileId,
  profileName: profile.name,
  cpus: profile.cpus,
  licenceId: job.licenceId,
  /** Who pays; null: nobody. */
  sponsorName: licence.name,
  reservedCpuMs: job.reservedCpuMs,
  chargedCpuMs: job.chargedCpuMs,
  unchargedCpuMs: job.unchargedCpuMs,
  overAllowance: job.overAllowance,
  usedCpuMs: job.usedCpuMs,
  peakMemoryBytes: job.peakMemoryBytes,
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
    .leftJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(datasetResult, and(eq(datasetResult.jobId, job.id), eq(dataset.experimentId, job.experimentId)))
    .leftJoin(trigger, eq(trigger.id, job.triggerId))
    .leftJoin(person, eq(person.id, job.startedBy))
    .leftJoin(profile, eq(profile.id, job.profileId))
    .leftJoin(licence, eq(licence.id, job.licenceId));
}

export type JobViewRow = Awaited<ReturnType<typeof findView>> & object;

export interface JobListFilter {
  /** Null: the system, which sees all. */
  personId: string | null;
  /** Decides whether staff still see it. */
  now: Date;
  experimentId?: string;
  instrumentId?: string;
  datasetId?: string;
  states?: readonly JobState[];
  /** Of those a person started, that person; of those a trigger did, the trigger. */
  startedBy?: string;
  triggerId?: string;
  templateSlug?: string;
  sampleId?: string;
  after: { createdAt: Date; id: string } | null;
  limit: number;
}

/** The experiments whose jobs are listed. */
function listedExperiments({ personId, now, experimentId, instrumentId }: JobListFilter): SQL {
  const chosen = and(
    personId === null ? undefined : inArray(experiment.id, sql`(${visibleExperiments(personId, now)})`),
    experimentId ? eq(experiment.id, experimentId) : undefined,
    instrumentId ? eq(experiment.instrumentId, instrumentId) : undefined,
  );
  return sql`select ${experiment.id} from ${experiment} where ${chosen ?? sql`true`}`;
}

/** Newest first. */
export async function listViews(q: Queryable, filter: JobListFilter) {
  const ids = await newestJobs(q, filter);
  return views(q).where(inArray(job.id, ids)).orderBy(desc(job.createdAt), desc(job.id));
}

/**
 * From each experiment no more are taken than fit on the page, by an index: the cost goes with the experiments somebody sees, and
 * not with all the jobs there are. Which ones is asked first: with that as a part of the query, PostgreSQL joins all jobs before it chooses, once
 * there are more tables than it tries every order of (`join_collapse_limit`, 8).
 */
async function newestJobs(q: Queryable, filter: JobListFilter): Promise<string[]> {
  const { after, limit } = filter;
  const wanted = and(
    sql`${job.experimentId} = listed.id`,
    filter.datasetId ? eq(job.datasetId, filter.datasetId) : undefined,
    filter.states ? inArray(job.state, [...filter.states]) : undefined,
    filter.startedBy ? eq(job.startedBy, filter.startedBy) : undefined,
    filter.triggerId ? eq(job.triggerId, filter.triggerId) : undefined,
    filter.templateSlug
      ? sql`${job.templateId} in (select version.id from job_template version where version.slug = ${filter.templateSlug})`
      : undefined,
    filter.sampleId
      ? sql`${job.datasetId} in (
          select of_sample.id from dataset of_sample join acquisition on acquisition.id = of_sample.acquisition_id
          where acquisition.sample_id = ${filter.sampleId}::uuid)`
      : undefined,
    after
      ? sql`(${job.createdAt}, ${job.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`
      : undefined,
  );
  const { rows: page } = await q.execute<{ id: string }>(sql`
    select newest.id from (${listedExperiments(filter)}) listed cross join lateral (
      select ${job.id}, ${job.createdAt} from ${job} where ${wanted}
      order by ${job.createdAt} desc, ${job.id} desc limit ${limit}
    ) newest
    order by newest.created_at desc, newest.id desc limit ${limit}`);
  return page.map(({ id }) => id);
}

export interface JobFilterChoice {
  kind: 'person' | 'trigger' | 'template' | 'sample';
  /** An id; of a template its slug. */
  id: string;
  name: string;
}

/** What the newest jobs that a list would show have been started by, of and on: what it can be narrowed to. */
export async function filterChoices(q: Queryable, filter: JobListFilter): Promise<JobFilterChoice[]> {
  const ids = await newestJobs(q, filter);
  if (ids.length === 0) return [];
  const { rows } = await q.execute<{ kind: JobFilterChoice['kind']; id: string; name: string }>(sql`
    with listed as (
      select ${job.startedBy}, ${job.triggerId}, ${job.templateId}, ${job.datasetId} from ${job}
      where ${inArray(job.id, ids)})
    select 'person' as kind, person.id::text as id, person.name from person
      where person.id in (select started_by from listed)
    union all select 'trigger', trigger.id::text, trigger.name from trigger
      where trigger.id in (select trigger_id from listed)
    union all select 'template', named.slug, named.name from (
      select distinct on (slug) slug, name from job_template where id in (select template_id from listed)
      order by slug, version desc) named
    union all select distinct 'sample', sample.id::text, sample.name from sample
      join acquisition on acquisition.sample_id = sample.id
      join dataset on dataset.acquisition_id = acquisition.id
      where dataset.id in (select dataset_id from listed)
    order by 1, 3, 2`);
  return rows;
}

/** The jobs that repeat this one, the newest first. */
export async function repetitionsOf(q: Queryable, jobId: string, limit: number) {
  return q
    .select({ id: job.id, state: job.state, createdAt: job.createdAt, templateName: jobTemplate.name })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .where(eq(job.parentId, jobId))
    .orderBy(desc(job.createdAt))
    .limit(limit);
}

export async function findView(q: Queryable, jobId: string) {
  const rows = await views(q).where(eq(job.id, jobId));
  return rows[0] ?? null;
}

/** What only the opened row shows. */
const PAYING_RULE = sql<PayingRule | null>`case when ${sponsorshipRule.id} is not null then json_build_object(
  'template', ${sponsorshipRule.templateSlug} is not null,
  'experiment', ${sponsorshipRule.experimentId} is not null,
  'instrument', ${sponsorshipRule.instrumentId} is not null) end`;

export async function findDetail(q: Queryable, jobId: string) {
  const [row] = await q
    .select({
      parameters: job.parameters,
      declaredParameters: jobTemplate.parameters,
      outputs: jobTemplate.outputs,
      plots: job.plots,
      templateDescription: jobTemplate.description,
      templateName: jobTemplate.name,
      templateVersion: jobTemplate.version,
      profileName: profile.name,
      sponsorName: licence.name,
      createdAt: job.createdAt,
      resultChosenByName: person.name,
      payingRule: PAYING_RULE,
    })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .leftJoin(profile, eq(profile.id, job.profileId))
    .leftJoin(licence, eq(licence.id, job.licenceId))
    .leftJoin(sponsorshipRule, eq(sponsorshipRule.id, job.sponsorshipRuleId))
    .leftJoin(datasetResult, eq(datasetResult.jobId, job.id))
    .leftJoin(person, eq(person.id, datasetResult.chosenBy))
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

/** One of the results by its path in the experiment. */
export async function storedResult(q: Queryable, experimentId: string, path: string) {
  const [row] = await q
    .select({ name: file.name, storeKey: file.storeKey, sizeBytes: file.sizeBytes })
    .from(file)
    .where(and(eq(file.experimentId, experimentId), eq(file.path, path), eq(file.kind, 'result')));
  return row ?? null;
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
