import { and, desc, eq, gte, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { agent, agentReport, dataset, experiment, file } from '../../db/schema/index.ts';
import type { CockpitScope } from './cockpit-scope.repository.ts';

/** The codes of these experiments. */
export async function codesOf(q: Queryable, experimentIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await q
    .select({ code: experiment.code })
    .from(experiment)
    .where(inArray(experiment.id, [...experimentIds]));
  return new Set(rows.map(({ code }) => code));
}

export interface LatencySample {
  committedAt: Date;
  /**
   * From the last frame of the file at the HUB (any other file: its last byte; the agent's clock, corrected by the measured offset) to
   * the commit that makes it readable in the store. The way from the detector to the HUB and the drawing in a browser are not in it.
   */
  latencyMs: number;
}

/** The newest `limit` files of agents since then, newest first: neither jobs nor people promise a time. */
export async function recentLatencies(
  q: Queryable,
  scope: CockpitScope,
  since: Date,
  limit: number,
): Promise<LatencySample[]> {
  return q
    .select({
      committedAt: file.committedAt,
      latencyMs: sql<number>`(extract(epoch from ${file.committedAt} - ${file.sourceSettledAt}) * 1000)::float8`,
    })
    .from(file)
    .where(
      and(
        eq(file.instrumentId, scope.instrumentId),
        gte(file.committedAt, since),
        isNotNull(file.sourceSettledAt),
        isNotNull(file.agentId),
        scope.experimentIds === null ? undefined : inArray(file.experimentId, [...scope.experimentIds]),
      ),
    )
    .orderBy(desc(file.committedAt))
    .limit(limit);
}

/** What agents reported since then, folded by agent, detector and code; the newest first with its sentence. */
export async function foldedReports(q: Queryable, instrumentId: string, since: Date, limit: number) {
  const newest = <T>(column: SQL | typeof agentReport.message | typeof agentReport.level) =>
    sql<T>`(array_agg(${column} order by ${agentReport.at} desc))[1]`;
  return q
    .select({
      agentName: agent.name,
      detector: agentReport.detector,
      code: agentReport.code,
      level: newest<'info' | 'warn' | 'error'>(agentReport.level),
      message: newest<string>(agentReport.message),
      count: sql<number>`sum(${agentReport.count})::int`,
      firstAt: sql<Date>`min(${agentReport.at})`.mapWith(agentReport.at),
      lastAt: sql<Date>`max(${agentReport.at})`.mapWith(agentReport.at),
    })
    .from(agentReport)
    .innerJoin(agent, eq(agent.id, agentReport.agentId))
    .where(and(eq(agent.instrumentId, instrumentId), gte(agentReport.at, since)))
    .groupBy(agent.name, agentReport.detector, agentReport.code)
    .orderBy(sql`max(${agentReport.at}) desc`)
    .limit(limit);
}
export type FoldedReport = Awaited<ReturnType<typeof foldedReports>>[number];

/** Datasets that belong to no experiment, newest first, with the reason; how many there are, and how many files without a dataset. */
export async function unassignedTray(q: Queryable, instrumentId: string, limit: number) {
  const nobody = and(eq(dataset.instrumentId, instrumentId), isNull(dataset.experimentId));
  const items = await q
    .select({
      id: dataset.id,
      base: dataset.base,
      reason: dataset.unassignedReason,
      state: dataset.state,
      framesExpected: dataset.framesExpected,
      framesStored: dataset.framesStored,
      detectorName: dataset.detectorName,
      startedAt: dataset.startedAt,
    })
    .from(dataset)
    .where(nobody)
    .orderBy(desc(dataset.startedAt))
    .limit(limit);
  const count = sql<number>`count(*)::int`;
  const [total] = await q.select({ count }).from(dataset).where(nobody);
  const [files] = await q
    .select({ count })
    .from(file)
    .where(and(eq(file.instrumentId, instrumentId), isNull(file.experimentId), isNull(file.datasetId)));
  return { items, total: total!.count, files: files!.count };
}
