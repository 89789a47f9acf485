import { and, desc, eq, gte, inArray, not, type SQL, sql } from 'drizzle-orm';
import { JOB_FINAL_STATES, JOB_STATES } from '../../../shared/model/states.ts';
import type { Queryable } from '../../db/client.ts';
import { dataset, experiment, job, jobTemplate, profile, trigger } from '../../db/schema/index.ts';
import { type CockpitScope, inScope } from './cockpit-scope.repository.ts';

const UNDER_WAY = JOB_STATES.filter((state) => !JOB_FINAL_STATES.includes(state));

function listed(q: Queryable, scope: CockpitScope, where: SQL | undefined, limit: number) {
  return q
    .select({
      id: job.id,
      state: job.state,
      progress: job.progress,
      progressText: job.progressText,
      metrics: job.metrics,
      templateName: jobTemplate.name,
      triggerName: trigger.name,
      declaredMetrics: jobTemplate.metrics,
      datasetId: job.datasetId,
      base: dataset.base,
      experimentId: job.experimentId,
      experimentCode: experiment.code,
      failure: job.failure,
      createdAt: job.createdAt,
      startedAt: job.startedAt,
      finishedAt: job.finishedAt,
    })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .leftJoin(trigger, eq(trigger.id, job.triggerId))
    .leftJoin(dataset, eq(dataset.id, job.datasetId))
    .where(and(eq(experiment.instrumentId, scope.instrumentId), inScope(scope), where))
    .orderBy(desc(job.createdAt))
    .limit(limit);
}
export type CockpitJobRow = Awaited<ReturnType<typeof listed>>[number];

/** Jobs under way first, then the newest since then. Two statements, each answered by an index of its own. */
export async function listCockpitJobs(
  q: Queryable,
  scope: CockpitScope,
  since: Date,
  limit: number,
): Promise<CockpitJobRow[]> {
  const isUnderWay = inArray(job.state, UNDER_WAY);
  const [underWay, ended] = await Promise.all([
    listed(q, scope, isUnderWay, limit),
    listed(q, scope, and(gte(job.createdAt, since), not(isUnderWay)), limit),
  ]);
  return [...underWay, ...ended].slice(0, limit);
}

export interface ComputeInUse {
  running: number;
  /** CPUs of the profiles of those that run; one without a profile counts as one CPU. */
  cpus: number;
  waiting: number;
}

/** What runs and waits of an instrument's jobs now: those in the scope, and how many of others. */
export async function computeInUse(
  q: Queryable,
  { instrumentId, experimentIds }: CockpitScope,
): Promise<{ own: ComputeInUse; others: ComputeInUse }> {
  const isOwn =
    experimentIds === null
      ? sql<boolean>`true`
      : sql<boolean>`${job.experimentId} = any(${sql.param([...experimentIds])}::uuid[])`;
  const rows = await q
    .select({
      isOwn,
      running: sql<number>`count(*) filter (where ${job.state} <> 'queued')::int`,
      cpus: sql<number>`coalesce(sum(coalesce(${profile.cpus}, 1)) filter (where ${job.state} <> 'queued'), 0)::int`,
      waiting: sql<number>`count(*) filter (where ${job.state} = 'queued')::int`,
    })
    .from(job)
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .leftJoin(profile, eq(profile.id, job.profileId))
    .where(and(eq(experiment.instrumentId, instrumentId), inArray(job.state, UNDER_WAY)))
    .groupBy(sql`1`);
  const of = (own: boolean) => {
    const { running = 0, cpus = 0, waiting = 0 } = rows.find((row) => row.isOwn === own) ?? {};
    return { running, cpus, waiting };
  };
  return { own: of(true), others: of(false) };
}
