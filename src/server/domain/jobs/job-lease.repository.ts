import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { RunUse } from '../../compute/compute.port.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  acquisition,
  dataset,
  experiment,
  file,
  frameTable,
  instrument,
  job,
  jobTemplate,
  profile,
  trigger,
} from '../../db/schema/index.ts';

/*
 * Leases: who observes a run. They are measured by the database's clock alone, since the clocks of several worker
 * machines need not agree. A worker that is killed renews nothing, and after LEASE_S another goes on.
 */
const LEASE_S = 15;
/** A lease longer than this is left alone, so that an idle look at a run writes nothing. */
const RENEW_BELOW_S = 10;
/** Any number, always the same: workers that look for free places take turns. */
const PLACES_LOCK = 4_120_772;

const until = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;
const leaseIsFree = sql`(${job.leaseUntil} is null or ${job.leaseUntil} < now())`;

/** A job as those need it who run it. */
const runColumns = {
  job,
  template: jobTemplate,
  profile,
  experimentCode: experiment.code,
  instrumentId: instrument.id,
  /** Of the trigger that started it. */
  triggerEvent: trigger.event,
};
export type RunJob = Awaited<ReturnType<typeof runJobs>>[number];

export async function runJobs(q: Queryable, jobIds: readonly string[]) {
  if (jobIds.length === 0) return [];
  return q
    .select(runColumns)
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .leftJoin(profile, eq(profile.id, job.profileId))
    .leftJoin(trigger, eq(trigger.id, job.triggerId))
    .where(inArray(job.id, [...jobIds]))
    .orderBy(asc(job.createdAt), asc(job.id));
}

/** Of the jobs called `alias`; without a profile one. */
const cpusOf = (alias: string) =>
  sql.raw(`coalesce((select cpus from profile where id = ${alias}.profile_id), 1)`);

/**
 * Whether the job called `alias` runs beside its measurement: it follows a dataset (`followsDataset`) that still grows, and waits for frames more than it works. What
 * it is when the dataset has ended counts as any other.
 */
const isBeside = (alias: string, followers: readonly string[]) => {
  const of = sql.raw(alias);
  return sql`exists (
    select 1 from dataset growing join job_template template on template.id = ${of}.template_id
    left join trigger by on by.id = ${of}.trigger_id
    where growing.id = ${of}.dataset_id and growing.state = 'receiving'
      and template.entry = any(${sql.param([...followers])}::text[]) and by.event is distinct from 'dataset.frames')`;
};

/**
 * Takes the oldest waiting job of the first priority that any has, if its CPUs are free: of `capacity`, those of runs that are alive or about to be
 * are taken. One that wants more than there are runs alone. No younger job of its priority goes before it, or it might wait for ever. Jobs that follow a
 * measurement (of programs named in `followers`) have places of their own, as many: neither do they wait for a run of an hour, nor it for the end of the series. The
 * lock makes counting and taking one step: two workers that both saw the last free place would both fill it.
 */
export async function claimWaiting(
  tx: Transaction,
  input: { owner: string; capacity: number; followers: readonly string[]; beside: boolean },
): Promise<string | null> {
  const { followers } = input;
  const isOfThese = (alias: string) =>
    input.beside ? isBeside(alias, followers) : sql`not ${isBeside(alias, followers)}`;
  await tx.execute(sql`select pg_advisory_xact_lock(${PLACES_LOCK}::bigint)`);
  const { rows } = await tx.execute<{ id: string }>(sql`
    update ${job} set lease_owner = ${input.owner}, lease_until = ${until(LEASE_S)}
    from (select coalesce(sum(${cpusOf('alive')}), 0) as cpus from job alive
          where (alive.state in ('submitted', 'running')
             or (alive.state = 'queued' and alive.lease_until > now())) and ${isOfThese('alive')}) taken
    where ${job.id} = (
      select id from ${job}
      where ${job.state} = 'queued' and ${leaseIsFree} and ${isOfThese('job')}
      order by ${job.priority}, ${job.createdAt}, ${job.id} limit 1 for update skip locked)
    and taken.cpus + least(${cpusOf('job')}, ${input.capacity}) <= ${input.capacity}
    returning ${job.id}`);
  return rows[0]?.id ?? null;
}

/**
 * Holds a claimed job until the transaction ends and renews its lease; false when somebody cancelled it or took it over. While it is held
 * nobody can, however long the lease has been over; a worker that is killed lets go of it with its connection.
 */
export async function holdClaim(tx: Transaction, jobId: string, owner: string): Promise<boolean> {
  const rows = await tx
    .update(job)
    .set({ leaseUntil: until(LEASE_S) })
    .where(and(eq(job.id, jobId), eq(job.leaseOwner, owner), eq(job.state, 'queued')))
    .returning({ id: job.id });
  return rows.length > 0;
}

/** Gives a claimed job back to the queue; nobody takes it for so long. */
export async function postponeClaim(
  q: Queryable,
  input: { jobId: string; owner: string; seconds: number },
): Promise<void> {
  await q
    .update(job)
    .set({ leaseUntil: until(input.seconds) })
    .where(and(eq(job.id, input.jobId), eq(job.leaseOwner, input.owner), eq(job.state, 'queued')));
}

/** Gives a job back to the queue untouched. */
export async function releaseLease(q: Queryable, jobId: string, owner: string): Promise<void> {
  await q
    .update(job)
    .set({ leaseOwner: null, leaseUntil: null })
    .where(and(eq(job.id, jobId), eq(job.leaseOwner, owner)));
}

/**
 * The jobs this worker observes now: those it holds, and those nobody holds any more. Cancelled jobs are among them as long as
 * their run has not been cleared away (that is when their lease goes).
 */
export async function claimAlive(q: Queryable, input: { owner: string; limit: number }): Promise<string[]> {
  const observed = sql`(${job.state} in ('submitted', 'running')
    or (${job.state} = 'cancelled' and ${job.leaseUntil} is not null))`;
  await q.execute(sql`
    update ${job} set lease_owner = ${input.owner}, lease_until = ${until(LEASE_S)}
    where ${job.id} in (
      select id from ${job}
      where ${observed} and (${leaseIsFree}
        or (${job.leaseOwner} = ${input.owner} and ${job.leaseUntil} < ${until(RENEW_BELOW_S)}))
      order by ${job.createdAt} limit ${input.limit} for update skip locked)`);
  const rows = await q
    .select({ id: job.id })
    .from(job)
    .where(and(observed, eq(job.leaseOwner, input.owner), sql`${job.leaseUntil} > now()`))
    .orderBy(asc(job.createdAt), asc(job.id))
    .limit(input.limit);
  return rows.map((row) => row.id);
}

/** Lets go of everything a worker holds, so that another need not wait for its leases to end. */
export async function releaseAll(q: Queryable, owner: string): Promise<void> {
  await q
    .update(job)
    .set({ leaseUntil: sql`now()` })
    .where(and(eq(job.leaseOwner, owner), isNotNull(job.leaseUntil)));
}

/** Holds the row while the lease lasts; false when it is somebody else's by now. */
export async function holdLease(tx: Transaction, jobId: string, owner: string): Promise<boolean> {
  const rows = await tx
    .select({ id: job.id })
    .from(job)
    .where(and(eq(job.id, jobId), eq(job.leaseOwner, owner)))
    .for('update');
  return rows.length > 0;
}

export async function updateRun(
  tx: Transaction,
  jobId: string,
  set: Partial<Pick<typeof job.$inferInsert, 'progress' | 'progressText' | 'metrics' | 'plots'>>,
): Promise<void> {
  await tx.update(job).set(set).where(eq(job.id, jobId));
}

/** What a run has used, known when it is over. */
export async function storeUse(q: Queryable, jobId: string, use: RunUse): Promise<void> {
  await q
    .update(job)
    .set({ usedCpuMs: use.cpuMs, peakMemoryBytes: use.peakMemoryBytes })
    .where(eq(job.id, jobId));
}

/**
 * What changes whenever anything of a dataset does that a run is told: each change of its files counts them in its row. Null when the dataset
 * is gone.
 */
export async function datasetMark(q: Queryable, datasetId: string) {
  const [row] = await q
    .select({
      mark: sql<string>`${dataset}.xmin::text`,
      experimentId: dataset.experimentId,
    })
    .from(dataset)
    .where(eq(dataset.id, datasetId));
  return row ?? null;
}

/** The rows a run's input is made of; null when the dataset is gone. */
export async function datasetForRun(q: Queryable, datasetId: string) {
  const [row] = await q
    .select({ dataset, grid: acquisition.grid, masterPath: file.path })
    .from(dataset)
    .leftJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(file, eq(file.id, dataset.masterFileId))
    .where(eq(dataset.id, datasetId));
  if (!row) return null;
  const frames = await q
    .select({
      channel: frameTable.channel,
      path: file.path,
      version: file.version,
      firstFrame: frameTable.firstFrame,
      rows: frameTable.rows,
      entries: frameTable.entries,
    })
    .from(frameTable)
    .innerJoin(file, eq(file.id, frameTable.fileId))
    .where(eq(frameTable.datasetId, datasetId))
    .orderBy(asc(frameTable.channel), asc(frameTable.firstFrame));
  return { ...row, frames };
}
