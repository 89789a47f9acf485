import { and, desc, eq, gte, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import {
  acquisition,
  agent,
  agentReport,
  dataset,
  experiment,
  file,
  job,
  jobTemplate,
  sample,
} from '../../db/schema/index.ts';

/** What a cockpit shows of an instrument; `experimentIds` narrows it to a member's own (null: everything, for staff). */
export interface CockpitScope {
  instrumentId: string;
  experimentIds: readonly string[] | null;
}

function within(scope: CockpitScope, column: typeof dataset.experimentId | typeof file.experimentId) {
  return scope.experimentIds === null ? undefined : inArray(column, [...scope.experimentIds]);
}

/** The codes of these experiments. */
export async function codesOf(q: Queryable, experimentIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await q
    .select({ code: experiment.code })
    .from(experiment)
    .where(inArray(experiment.id, [...experimentIds]));
  return new Set(rows.map(({ code }) => code));
}

/** Datasets that still arrive first, then the newest finished ones. */
export async function listArriving(q: Queryable, scope: CockpitScope, limit: number) {
  return q
    .select({
      id: dataset.id,
      base: dataset.base,
      state: dataset.state,
      ending: dataset.ending,
      detectorName: dataset.detectorName,
      framesExpected: dataset.framesExpected,
      framesReceived: dataset.framesReceived,
      framesStored: dataset.framesStored,
      missing: dataset.missing,
      lost: dataset.lost,
      absentFiles: dataset.absentFiles,
      channelGaps: dataset.channelGaps,
      startedAt: dataset.startedAt,
      endedAt: dataset.endedAt,
      summary: dataset.summary,
      unassignedReason: dataset.unassignedReason,
      experimentId: dataset.experimentId,
      experimentCode: experiment.code,
      sampleName: sample.name,
      kind: acquisition.kind,
    })
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(experiment, eq(experiment.id, dataset.experimentId))
    .where(and(eq(dataset.instrumentId, scope.instrumentId), within(scope, dataset.experimentId)))
    .orderBy(sql`(${dataset.state} = 'receiving') desc`, desc(dataset.startedAt), desc(dataset.id))
    .limit(limit);
}
export type ArrivingRow = Awaited<ReturnType<typeof listArriving>>[number];

/** The dataset among these whose data file came last, and when; null when none has one. */
export async function newestStored(
  q: Queryable,
  datasetIds: readonly string[],
): Promise<{ datasetId: string; committedAt: Date } | null> {
  if (datasetIds.length === 0) return null;
  const last = sql<Date>`max(${file.committedAt})`.mapWith(file.committedAt);
  const [newest] = await q
    .select({ datasetId: sql<string>`${file.datasetId}`, committedAt: last })
    .from(file)
    .where(and(inArray(file.datasetId, [...datasetIds]), eq(file.kind, 'data')))
    .groupBy(file.datasetId)
    .orderBy(desc(last))
    .limit(1);
  return newest ?? null;
}

export interface LatencySample {
  committedAt: Date;
  /**
   * From the last frame of the file at the HUB (any other file: its last byte; the agent's clock, corrected by the measured offset) to
   * the commit that makes it readable in the store. The way from the detector to the HUB and the drawing in a browser are not in it.
   */
  latencyMs: number;
}

/** The newest `limit` files since then, newest first. Job results have no source and are left out. */
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
        within(scope, file.experimentId),
      ),
    )
    .orderBy(desc(file.committedAt))
    .limit(limit);
}

/** Files and bytes since then, results of jobs left out. */
export async function arrivedSince(
  q: Queryable,
  scope: CockpitScope,
  since: Date,
): Promise<{ files: number; bytes: number; frames: number; datasets: number }> {
  const [files] = await q
    .select({
      files: sql<number>`count(*)::int`,
      bytes: sql<number>`coalesce(sum(${file.sizeBytes}), 0)::float8`,
    })
    .from(file)
    .where(
      and(
        eq(file.instrumentId, scope.instrumentId),
        gte(file.committedAt, since),
        inArray(file.kind, ['data', 'master', 'other']),
        within(scope, file.experimentId),
      ),
    );
  const [datasets] = await q
    .select({
      datasets: sql<number>`count(*)::int`,
      frames: sql<number>`coalesce(sum(${dataset.framesStored}), 0)::float8`,
    })
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, scope.instrumentId),
        gte(dataset.startedAt, since),
        within(scope, dataset.experimentId),
      ),
    );
  return { ...files!, ...datasets! };
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

/** Jobs under way first, then the newest. */
export async function listCockpitJobs(q: Queryable, scope: CockpitScope, limit: number) {
  const underWay = sql`(${job.state} in ('queued', 'submitted', 'running'))`;
  return q
    .select({
      id: job.id,
      state: job.state,
      progress: job.progress,
      progressText: job.progressText,
      metrics: job.metrics,
      templateName: jobTemplate.name,
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
    .leftJoin(dataset, eq(dataset.id, job.datasetId))
    .where(
      and(
        eq(experiment.instrumentId, scope.instrumentId),
        scope.experimentIds === null ? undefined : inArray(job.experimentId, [...scope.experimentIds]),
        or(underWay, gte(job.createdAt, sql`now() - interval '12 hours'`)),
      ),
    )
    .orderBy(sql`${underWay} desc`, desc(job.createdAt))
    .limit(limit);
}
