import { and, count, desc, eq, gte, inArray, isNull, not, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { acquisition, dataset, experiment, file, sample } from '../../db/schema/index.ts';
import { type CockpitScope, inScope } from './cockpit-scope.repository.ts';

const arrivingColumns = {
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
};

function listed(q: Queryable, where: SQL | undefined, limit: number) {
  return q
    .select(arrivingColumns)
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(experiment, eq(experiment.id, dataset.experimentId))
    .where(where)
    .orderBy(desc(dataset.startedAt), desc(dataset.id))
    .limit(limit);
}
export type ArrivingRow = Awaited<ReturnType<typeof listed>>[number];

/** Of each of these experiments the newest, so that one index answers however much others measured since. */
const newestOfEach = (experimentIds: readonly string[], limit: number): SQL => sql`(
  select newest.id from unnest(${sql.param([...experimentIds])}::uuid[]) own(id)
  cross join lateral (
    select ${dataset.id}, ${dataset.startedAt} from ${dataset} where ${dataset.experimentId} = own.id
    order by ${dataset.startedAt} desc limit ${limit}) newest
  order by newest.started_at desc limit ${limit})`;

const isReceiving = (instrumentId: string) =>
  and(eq(dataset.instrumentId, instrumentId), eq(dataset.state, 'receiving'));

/** Datasets that still arrive first, then the newest finished ones. Two statements, each answered by an index of its own. */
export async function listArriving(q: Queryable, scope: CockpitScope, limit: number): Promise<ArrivingRow[]> {
  const { instrumentId, experimentIds } = scope;
  const visible = inScope(scope, { orNobodys: true });
  const own = experimentIds && inArray(dataset.id, newestOfEach(experimentIds, limit));
  const [receiving, newest] = await Promise.all([
    listed(q, and(isReceiving(instrumentId), visible), limit),
    listed(q, and(eq(dataset.instrumentId, instrumentId), visible, own ?? undefined), limit),
  ]);
  const known = new Set(receiving.map(({ id }) => id));
  return [...receiving, ...newest.filter(({ id }) => !known.has(id))].slice(0, limit);
}

/** How many datasets of others arrive. */
export async function countOthersReceiving(
  q: Queryable,
  instrumentId: string,
  ownIds: readonly string[],
): Promise<number> {
  const [row] = await q
    .select({ count: count() })
    .from(dataset)
    .where(
      and(
        isReceiving(instrumentId),
        or(isNull(dataset.experimentId), not(inArray(dataset.experimentId, [...ownIds]))),
      ),
    );
  return row!.count;
}

/** The dataset among these whose data file came last, and when; null when none has one. */
export async function newestStored(
  q: Queryable,
  datasetIds: readonly string[],
): Promise<{ datasetId: string; committedAt: Date } | null> {
  if (datasetIds.length === 0) return null;
  const { rows } = await q.execute<{ datasetId: string; committedAt: string }>(sql`
    select shown.id as "datasetId", last.committed_at as "committedAt"
    from unnest(${sql.param([...datasetIds])}::uuid[]) shown(id)
    cross join lateral (
      select ${file.committedAt} from ${file} where ${file.datasetId} = shown.id and ${file.kind} = 'data'
      order by ${file.committedAt} desc limit 1) last
    order by last.committed_at desc limit 1`);
  const [row] = rows;
  return row ? { datasetId: row.datasetId, committedAt: new Date(row.committedAt) } : null;
}

/** Datasets that began since then, and their frames in the store. */
export async function measuredSince(
  q: Queryable,
  { instrumentId, experimentIds }: CockpitScope,
  since: Date,
): Promise<{ datasets: number; frames: number }> {
  const [row] = await q
    .select({
      datasets: count(),
      frames: sql<number>`coalesce(sum(${dataset.framesStored}), 0)::float8`,
    })
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, instrumentId),
        gte(dataset.startedAt, since),
        experimentIds === null ? undefined : inArray(dataset.experimentId, [...experimentIds]),
      ),
    );
  return row!;
}

/** Files and bytes that came since then, results of jobs left out. Reads as many rows as there are: not for every second. */
export async function storedSince(
  q: Queryable,
  { instrumentId, experimentIds }: CockpitScope,
  since: Date,
): Promise<{ files: number; bytes: number }> {
  const [row] = await q
    .select({ files: count(), bytes: sql<number>`coalesce(sum(${file.sizeBytes}), 0)::float8` })
    .from(file)
    .where(
      and(
        eq(file.instrumentId, instrumentId),
        gte(file.committedAt, since),
        inArray(file.kind, ['data', 'master', 'other']),
        experimentIds === null ? undefined : inArray(file.experimentId, [...experimentIds]),
      ),
    );
  return row!;
}
