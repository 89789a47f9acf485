import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, notExists, or, sql } from 'drizzle-orm';
import { byNumber } from '../../db/by-number.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { acquisition, audit, dataset, person, sample } from '../../db/schema/index.ts';

export type AcquisitionRow = typeof acquisition.$inferSelect;

/** Held until the end of the transaction: what is announced, corrected and begins at the same moment see each other. */
export async function lockAcquisitions(tx: Transaction, experimentId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`acquisitions ${experimentId}`}, 0))`);
}

export async function findAcquisition(q: Queryable, acquisitionId: string): Promise<AcquisitionRow | null> {
  const [row] = await q.select().from(acquisition).where(eq(acquisition.id, acquisitionId));
  return row ?? null;
}

/** An acquisition with the newest of its data. */
export interface MeasuredRow {
  acquisition: AcquisitionRow;
  sampleName: string | null;
  dataset: { id: string; geometry: (typeof dataset.$inferSelect)['geometry'] } | null;
}

const measuredColumns = {
  acquisition,
  sampleName: sample.name,
  dataset: { id: dataset.id, geometry: dataset.geometry },
};

/** By the ids under which other programs know them. */
export async function knownByIds(
  q: Queryable,
  experimentId: string,
  externalIds: readonly string[],
): Promise<MeasuredRow[]> {
  if (externalIds.length === 0) return [];
  return q
    .select(measuredColumns)
    .from(acquisition)
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(dataset, eq(dataset.acquisitionId, acquisition.id))
    .where(and(eq(acquisition.experimentId, experimentId), inArray(acquisition.externalId, [...externalIds])))
    .orderBy(asc(dataset.startedAt));
}

/** The data of these names or series with their acquisitions, the newest last; `matched` is the name or the series asked for. */
export async function measuredBy(
  q: Queryable,
  experimentId: string,
  by: 'name' | 'series',
  wanted: readonly string[],
): Promise<(MeasuredRow & { matched: string })[]> {
  if (wanted.length === 0) return [];
  const list = sql.param([...wanted]);
  const lastSegments = sql.param([...new Set(wanted.map((name) => name.replace(/^.*\//, '')))]);
  // Of those whose last segment is asked for (as the index `dataset_folder` has it) every end of the path that begins at a segment: raw/lyso/run_1,
  // lyso/run_1, run_1.
  const matches =
    by === 'series'
      ? sql`select d.id, d.series_unique_id as matched from ${dataset} d
          where d.experiment_id = ${experimentId} and d.series_unique_id = any(${list}::text[])`
      : sql`select d.id, ends.text as matched from ${dataset} d
          cross join lateral string_to_array(d.base, '/') as segments
          cross join lateral generate_series(1, cardinality(segments)) as first
          cross join lateral array_to_string(segments[first:], '/') as ends(text)
          where d.experiment_id = ${experimentId}
            and ${byNumber(sql`regexp_replace(d.base, '^.*/', '')`)} = any(${lastSegments}::text[])
            and ends.text = any(${list}::text[])`;
  const found = sql`(${matches}) as found`;
  return q
    .select({ ...measuredColumns, matched: sql<string>`found.matched` })
    .from(found)
    .innerJoin(dataset, sql`${dataset.id} = found.id`)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .orderBy(asc(dataset.startedAt), asc(dataset.id));
}

const withoutDataset = (q: Queryable) =>
  notExists(q.select({ id: dataset.id }).from(dataset).where(eq(dataset.acquisitionId, acquisition.id)));

/** What was announced by these names or series and has no data yet, the oldest first. */
export async function waitingBy(
  q: Queryable,
  experimentId: string,
  by: 'name' | 'series',
  wanted: readonly string[],
): Promise<MeasuredRow[]> {
  if (wanted.length === 0) return [];
  const column = by === 'name' ? acquisition.name : acquisition.seriesId;
  const rows = await q
    .select({ acquisition, sampleName: sample.name })
    .from(acquisition)
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .where(and(eq(acquisition.experimentId, experimentId), inArray(column, [...wanted]), withoutDataset(q)))
    .orderBy(asc(acquisition.id));
  return rows.map((row) => ({ ...row, dataset: null }));
}

/**
 * What was announced for data of this series, or of this path, whose end its name is, and has none yet. The series goes before the name, a longer name before
 * a shorter one, what was announced first before what came later.
 */
export async function waitingForData(
  q: Queryable,
  experimentId: string,
  data: { path: string; seriesUniqueId: string },
): Promise<AcquisitionRow | null> {
  const segments = data.path.split('/');
  const ends = segments.map((_, first) => segments.slice(first).join('/'));
  const ofSeries = and(isNotNull(acquisition.seriesId), eq(acquisition.seriesId, data.seriesUniqueId));
  // What waits for one series is not taken by another of the same name.
  const ofName = and(
    isNotNull(acquisition.name),
    isNull(acquisition.seriesId),
    inArray(acquisition.name, ends),
  );
  const [row] = await q
    .select()
    .from(acquisition)
    .where(and(eq(acquisition.experimentId, experimentId), or(ofSeries, ofName), withoutDataset(q)))
    .orderBy(
      sql`${acquisition.seriesId} is null`,
      sql`length(${acquisition.name}) desc nulls last`,
      asc(acquisition.id),
    )
    .limit(1);
  return row ?? null;
}

/** A statement has at most 65,535 parameters. */
const ROWS_AT_ONCE = 1000;

export async function insertAnnounced(
  tx: Transaction,
  rows: readonly (typeof acquisition.$inferInsert)[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await tx.insert(acquisition).values(rows.slice(from, from + ROWS_AT_ONCE));
  }
}

/** What people read of it is another version then. */
export async function updateAcquisition(
  tx: Transaction,
  acquisitionId: string,
  changes: Partial<AcquisitionRow>,
): Promise<void> {
  await tx
    .update(acquisition)
    .set({ ...changes, version: sql`${acquisition.version} + 1` })
    .where(eq(acquisition.id, acquisitionId));
}

/** The acquisition with its sample and this dataset of it. */
export async function measuredOf(q: Queryable, datasetId: string): Promise<MeasuredRow> {
  const [row] = await q
    .select(measuredColumns)
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .where(eq(dataset.id, datasetId));
  return row!;
}

/** Name of the one who last corrected it. */
export async function lastCorrector(q: Queryable, acquisitionId: string): Promise<string | null> {
  const [row] = await q
    .select({ name: person.name })
    .from(audit)
    .innerJoin(person, sql`${person.id}::text = ${audit.principalId}`)
    .where(and(eq(audit.entityId, acquisitionId), eq(audit.action, 'acquisition.edit')))
    .orderBy(desc(audit.id))
    .limit(1);
  return row?.name ?? null;
}

export async function namesOf(q: Queryable, personIds: readonly string[]): Promise<Map<string, string>> {
  if (personIds.length === 0) return new Map();
  const rows = await q
    .select({ id: person.id, name: person.name })
    .from(person)
    .where(inArray(person.id, [...personIds]));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Returns the version then; null when it is no longer the version that was read. */
export async function updateIfRead(
  tx: Transaction,
  acquisitionId: string,
  version: number,
  changes: Partial<AcquisitionRow>,
): Promise<number | null> {
  const [row] = await tx
    .update(acquisition)
    .set({ ...changes, version: version + 1 })
    .where(and(eq(acquisition.id, acquisitionId), eq(acquisition.version, version)))
    .returning({ version: acquisition.version });
  return row?.version ?? null;
}

/** False when it has data, or is gone. */
export async function deleteWaiting(tx: Transaction, acquisitionId: string): Promise<boolean> {
  const rows = await tx
    .delete(acquisition)
    .where(and(eq(acquisition.id, acquisitionId), withoutDataset(tx)))
    .returning({ id: acquisition.id });
  return rows.length > 0;
}

/** Ids of the samples of these names by name; those that are not there are added. */
export async function samplesOfNames(
  tx: Transaction,
  rows: readonly { id: string; experimentId: string; name: string; createdAt: Date }[],
): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map();
  await tx
    .insert(sample)
    .values([...rows])
    .onConflictDoNothing({ target: [sample.experimentId, sample.name] });
  const names = rows.map(({ name }) => name);
  const found = await tx
    .select({ id: sample.id, name: sample.name })
    .from(sample)
    .where(and(eq(sample.experimentId, rows[0]!.experimentId), inArray(sample.name, names)));
  return new Map(found.map(({ id, name }) => [name, id]));
}

/** The acquisitions of an experiment, newest first, behind this id; one line per dataset of them. `waiting`: those without data alone. */
export async function listAcquisitions(
  q: Queryable,
  experimentId: string,
  page: { before: string | null; waiting: boolean; limit: number },
) {
  return q
    .select({ acquisition, sampleName: sample.name, datasetId: dataset.id, base: dataset.base })
    .from(acquisition)
    .leftJoin(sample, eq(sample.id, acquisition.sampleId))
    .leftJoin(dataset, eq(dataset.acquisitionId, acquisition.id))
    .where(
      and(
        eq(acquisition.experimentId, experimentId),
        page.before === null ? undefined : lt(acquisition.id, page.before),
        page.waiting ? withoutDataset(q) : undefined,
      ),
    )
    .orderBy(desc(acquisition.id), desc(dataset.id))
    .limit(page.limit);
}
