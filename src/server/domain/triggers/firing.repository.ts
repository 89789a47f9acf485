import { and, count, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { FiringOutcome } from '../../../shared/model/trigger-rules.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  dataset,
  experiment,
  job,
  jobTemplate,
  strategy,
  trigger,
  triggerFiring,
} from '../../db/schema/index.ts';
import { visibleExperiments } from '../../db/tenant-floor.ts';

export type FiringRow = typeof triggerFiring.$inferSelect;

/** Until the transaction ends nobody else decides for this trigger: what runs and what ran last stays as it was counted. */
export async function lockTrigger(tx: Transaction, triggerId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`trigger:${triggerId}`}, 0))`);
}

export async function hasDecided(q: Queryable, triggerId: string, eventKey: string): Promise<boolean> {
  const rows = await q
    .select({ id: triggerFiring.id })
    .from(triggerFiring)
    .where(and(eq(triggerFiring.triggerId, triggerId), eq(triggerFiring.eventKey, eventKey)));
  return rows.length > 0;
}

export async function insertFiring(tx: Transaction, row: typeof triggerFiring.$inferInsert): Promise<void> {
  await tx.insert(triggerFiring).values(row);
}

/** When the trigger started its last job in the experiment. */
export async function lastStarted(
  q: Queryable,
  triggerId: string,
  experimentId: string,
): Promise<Date | null> {
  const [row] = await q
    .select({ at: triggerFiring.at })
    .from(triggerFiring)
    .where(
      and(
        eq(triggerFiring.triggerId, triggerId),
        eq(triggerFiring.experimentId, experimentId),
        eq(triggerFiring.outcome, 'started'),
      ),
    )
    .orderBy(desc(triggerFiring.at))
    .limit(1);
  return row?.at ?? null;
}

/** Jobs of the trigger that wait or run. */
export async function jobsAlive(q: Queryable, triggerId: string): Promise<number> {
  const [row] = await q
    .select({ alive: count() })
    .from(job)
    .where(and(eq(job.triggerId, triggerId), inArray(job.state, ['queued', 'submitted', 'running'])));
  return row?.alive ?? 0;
}

/** Longer chains of jobs that start each other are taken for a circle. */
const LONGEST_CHAIN = 10;

/** Whether the job came about by this trigger, at once or through jobs that ended before it. */
export async function cameFrom(q: Queryable, jobId: string, triggerId: string): Promise<boolean> {
  const { rows } = await q.execute<{ circle: boolean }>(sql`
    with recursive chain(job_id, trigger_id, parent_id, depth) as (
      select id, trigger_id, parent_id, 1 from job where id = ${jobId}::uuid
      union all
      select cause.id, cause.trigger_id, cause.parent_id, chain.depth + 1
      from chain
      left join trigger_firing fired on fired.job_id = chain.job_id
      join job cause on cause.id = coalesce(fired.cause_job_id, chain.parent_id)
      where chain.depth < ${LONGEST_CHAIN}
    )
    select coalesce(bool_or(trigger_id = ${triggerId}::uuid), false)
      or count(*) >= ${LONGEST_CHAIN} as circle from chain`);
  return rows[0]?.circle ?? false;
}

const cause = alias(job, 'cause');
const causeTemplate = alias(jobTemplate, 'cause_template');
const startedTemplate = alias(jobTemplate, 'started_template');

export interface FiringFilter {
  of: { instrumentId: string } | { experimentId: string };
  /** Whose eyes it is for: nothing of experiments they do not see. Null: the system. */
  personId: string | null;
  now: Date;
  triggerId?: string;
  outcomes?: readonly FiringOutcome[];
  after: { at: Date; id: string } | null;
  limit: number;
}

/** Newest first. */
export async function listFirings(q: Queryable, filter: FiringFilter) {
  const { of, personId, now, triggerId, outcomes, after, limit } = filter;
  const place: SQL =
    'instrumentId' in of
      ? eq(triggerFiring.instrumentId, of.instrumentId)
      : eq(triggerFiring.experimentId, of.experimentId);
  return (
    q
      .select({
        id: triggerFiring.id,
        at: triggerFiring.at,
        event: triggerFiring.event,
        outcome: triggerFiring.outcome,
        why: triggerFiring.why,
        triggerId: trigger.id,
        triggerName: trigger.name,
        strategyName: strategy.name,
        experimentId: experiment.id,
        experimentCode: experiment.code,
        datasetId: triggerFiring.datasetId,
        base: dataset.base,
        path: triggerFiring.path,
        causeJobId: triggerFiring.causeJobId,
        causeTemplateName: causeTemplate.name,
        jobId: triggerFiring.jobId,
        jobState: job.state,
        jobTemplateName: startedTemplate.name,
      })
      .from(triggerFiring)
      .innerJoin(trigger, eq(trigger.id, triggerFiring.triggerId))
      .innerJoin(strategy, eq(strategy.id, trigger.strategyId))
      .innerJoin(experiment, eq(experiment.id, triggerFiring.experimentId))
      // What was moved to another experiment since is named there alone.
      .leftJoin(
        dataset,
        and(eq(dataset.id, triggerFiring.datasetId), eq(dataset.experimentId, triggerFiring.experimentId)),
      )
      .leftJoin(job, eq(job.id, triggerFiring.jobId))
      .leftJoin(startedTemplate, eq(startedTemplate.id, job.templateId))
      .leftJoin(cause, eq(cause.id, triggerFiring.causeJobId))
      .leftJoin(causeTemplate, eq(causeTemplate.id, cause.templateId))
      .where(
        and(
          place,
          personId === null
            ? undefined
            : inArray(triggerFiring.experimentId, sql`(${visibleExperiments(personId, now)})`),
          triggerId ? eq(triggerFiring.triggerId, triggerId) : undefined,
          outcomes ? inArray(triggerFiring.outcome, [...outcomes]) : undefined,
          after
            ? sql`(${triggerFiring.at}, ${triggerFiring.id}) < (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)`
            : undefined,
        ),
      )
      .orderBy(desc(triggerFiring.at), desc(triggerFiring.id))
      .limit(limit)
  );
}
export type FiringViewRow = Awaited<ReturnType<typeof listFirings>>[number];

/** Removes what is older than `before`, and of every instrument what is older than `settled` and not among its newest `most`. */
export async function removeFirings(
  q: Queryable,
  input: { before: Date; settled: Date; most: number },
): Promise<number> {
  const old = await q.delete(triggerFiring).where(lt(triggerFiring.at, input.before));
  const many = await q.execute(sql`
    delete from ${triggerFiring} where ${triggerFiring.at} < ${input.settled.toISOString()}::timestamptz
      and ${triggerFiring.id} in (
        select id from (
          select id, row_number() over (partition by instrument_id order by at desc, id desc) as place
          from trigger_firing) placed
        where place > ${input.most})`);
  return (old.rowCount ?? 0) + (many.rowCount ?? 0);
}
