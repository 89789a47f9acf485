import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { activation, experiment } from '../../db/schema/index.ts';
import { type CockpitScope, inScope } from './cockpit-scope.repository.ts';

const hostedColumns = {
  id: experiment.id,
  code: experiment.code,
  title: experiment.title,
  piName: experiment.piName,
  state: experiment.state,
  plannedStart: experiment.plannedStart,
  plannedEnd: experiment.plannedEnd,
  finishedAt: experiment.finishedAt,
  processingUntil: experiment.processingUntil,
};

/** The experiment that was active last, and until when; null when there was none that may be seen. */
export async function lastActive(q: Queryable, scope: CockpitScope) {
  const [row] = await q
    .select({ ...hostedColumns, endedAt: sql<Date>`${activation.endedAt}`.mapWith(activation.endedAt) })
    .from(activation)
    .innerJoin(experiment, eq(experiment.id, activation.experimentId))
    .where(
      and(eq(activation.instrumentId, scope.instrumentId), isNotNull(activation.endedAt), inScope(scope)),
    )
    .orderBy(desc(activation.startedAt))
    .limit(1);
  return row ?? null;
}

/** Experiments of one state that are not active now, at most `limit` of them, and how many there are. */
async function hosted(
  q: Queryable,
  scope: CockpitScope,
  state: 'preparation' | 'running' | 'processing',
  order: SQL[],
  limit: number,
) {
  const rows = await q
    .select({ ...hostedColumns, total: sql<number>`count(*) over ()::int` })
    .from(experiment)
    .leftJoin(activation, and(eq(activation.experimentId, experiment.id), isNull(activation.endedAt)))
    .where(
      and(
        eq(experiment.instrumentId, scope.instrumentId),
        eq(experiment.state, state),
        isNull(activation.id),
        inScope(scope),
      ),
    )
    .orderBy(...order, desc(experiment.id))
    .limit(limit);
  return { total: rows[0]?.total ?? 0, items: rows.map(({ total: _, ...row }) => row) };
}
export type HostedExperiments = Awaited<ReturnType<typeof hosted>>;
export type HostedExperiment = HostedExperiments['items'][number];

/** Next by their planned start, such without one last, the newest first. */
export const upcoming = (q: Queryable, scope: CockpitScope, limit: number): Promise<HostedExperiments> =>
  hosted(q, scope, 'preparation', [sql`${experiment.plannedStart} asc nulls last`], limit);

/** Running without being the active one: those measured last first. */
export const runningAside = (q: Queryable, scope: CockpitScope, limit: number): Promise<HostedExperiments> =>
  hosted(q, scope, 'running', [desc(experiment.startedAt)], limit);

/** In Processing, by the end of their window. */
export const inProcessing = (q: Queryable, scope: CockpitScope, limit: number): Promise<HostedExperiments> =>
  hosted(q, scope, 'processing', [asc(experiment.processingUntil)], limit);
