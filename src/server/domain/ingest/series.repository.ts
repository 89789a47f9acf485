import { and, desc, eq, gte, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { ActivationPeriod } from '../../../shared/model/whose-data.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  acquisition,
  activation,
  dataset,
  experiment,
  file,
  frameTable,
  sample,
} from '../../db/schema/index.ts';
import { isLocated, lastFrameIn } from './frame-entries.ts';

export type DatasetRow = typeof dataset.$inferSelect;

/** The activations of an instrument that touch [from, to], in order. */
export async function activationsTouching(
  q: Queryable,
  instrumentId: string,
  from: Date,
  to: Date,
): Promise<ActivationPeriod[]> {
  return q
    .select({
      experimentId: activation.experimentId,
      startedAt: activation.startedAt,
      endedAt: activation.endedAt,
    })
    .from(activation)
    .where(
      and(
        eq(activation.instrumentId, instrumentId),
        lte(activation.startedAt, to),
        or(isNull(activation.endedAt), gte(activation.endedAt, from)),
      ),
    )
    .orderBy(activation.startedAt);
}

export async function experimentCode(q: Queryable, experimentId: string | null): Promise<string | null> {
  if (experimentId === null) return null;
  const [row] = await q
    .select({ code: experiment.code })
    .from(experiment)
    .where(eq(experiment.id, experimentId));
  return row?.code ?? null;
}

export async function findBySeriesKey(q: Queryable, seriesKey: string): Promise<DatasetRow | null> {
  const rows = await q.select().from(dataset).where(eq(dataset.seriesKey, seriesKey));
  return rows[0] ?? null;
}

export async function findDataset(q: Queryable, datasetId: string): Promise<DatasetRow | null> {
  const rows = await q.select().from(dataset).where(eq(dataset.id, datasetId));
  return rows[0] ?? null;
}

export async function findDatasets(q: Queryable, ids: readonly string[]): Promise<DatasetRow[]> {
  if (ids.length === 0) return [];
  return q
    .select()
    .from(dataset)
    .where(inArray(dataset.id, [...ids]));
}

/** Other datasets of the series that this one is of, which began at the same time: within `sameMs`. */
export async function otherDatasetsOf(q: Queryable, row: DatasetRow, sameMs: number): Promise<string[]> {
  const from = new Date(row.startedAt.getTime() - sameMs);
  const to = new Date(row.startedAt.getTime() + sameMs);
  const rows = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, row.instrumentId),
        eq(dataset.detectorSerialNumber, row.detectorSerialNumber),
        eq(dataset.seriesUniqueId, row.seriesUniqueId),
        ne(dataset.id, row.id),
        eq(dataset.sourceKind, 'stream'),
        eq(dataset.participants, 1),
        gte(dataset.startedAt, from),
        lte(dataset.startedAt, to),
      ),
    );
  return rows.map(({ id }) => id);
}

/** The dataset, held against every other change until the transaction ends. */
export async function lockDataset(tx: Transaction, datasetId: string): Promise<DatasetRow | null> {
  return (await lockDatasets(tx, [datasetId])).get(datasetId) ?? null;
}

/** By id; locked in the order of their ids, so that two who lock several never wait for each other. */
export async function lockDatasets(
  tx: Transaction,
  ids: readonly string[],
): Promise<Map<string, DatasetRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(dataset)
    .where(inArray(dataset.id, [...new Set(ids)]))
    .orderBy(dataset.id)
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

const NUMBERED = /^_(\d{1,9})$/;

/**
 * The smallest n for which `base`, `base_2`, `base_3` … is probably free: neither a dataset nor a file that could be mistaken for one
 * has it. Only the unique index says for sure.
 */
export async function nextFreeNumber(q: Queryable, experimentId: string, base: string): Promise<number> {
  const { parent, name } = splitStorePath(base);
  const datasets = await q
    .select({ base: dataset.base })
    .from(dataset)
    .where(
      and(
        eq(dataset.experimentId, experimentId),
        or(eq(dataset.base, base), sql`starts_with(${dataset.base}, ${`${base}_`})`),
      ),
    );
  const files = await q
    .select({ name: file.name })
    .from(file)
    .where(
      and(
        eq(file.experimentId, experimentId),
        eq(file.parent, parent),
        sql`starts_with(${file.name}, ${`${name}_`})`,
      ),
    );
  const taken = new Set<number>();
  const take = (rest: string) => {
    if (rest === '') taken.add(1);
    const number = Number(NUMBERED.exec(rest)?.[1] ?? 0);
    if (number > 1) taken.add(number);
  };
  for (const row of datasets) take(row.base.slice(base.length));
  for (const row of files) {
    const stem = /^(.*)_(?:master|data_\d+)(?:_\d+)?\.h5$/s.exec(row.name)?.[1];
    if (stem !== undefined) take(stem.slice(name.length));
  }
  let number = 1;
  while (taken.has(number)) number++;
  return number;
}

/** Bases of datasets of the experiment that begin like this one. */
export async function basesLike(q: Queryable, experimentId: string, base: string): Promise<Set<string>> {
  const rows = await q
    .select({ base: dataset.base })
    .from(dataset)
    .where(and(eq(dataset.experimentId, experimentId), sql`starts_with(${dataset.base}, ${base})`));
  return new Set(rows.map((row) => row.base));
}

/** What tells a dataset recognised in files from others of its instrument, but for time. */
interface Stem {
  kind: DatasetRow['sourceKind'];
  source: string;
  stem: string;
}

/** Lets one request at a time recognise datasets of this stem, until the transaction ends. */
export async function lockStem(tx: Transaction, instrumentId: string, { source, stem }: Stem): Promise<void> {
  const name = JSON.stringify(['stem', instrumentId, source, stem]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/**
 * The newest dataset recognised under this stem, when a file that came about at `at` is one of its acquisition: some file of it came
 * about then or later.
 */
export async function findRecognised(
  q: Queryable,
  instrumentId: string,
  { kind, source, stem, at }: Stem & { at: Date },
): Promise<DatasetRow | null> {
  const [row] = await q
    .select()
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, instrumentId),
        eq(dataset.sourceKind, kind),
        eq(dataset.source, source),
        eq(dataset.sourceStem, stem),
      ),
    )
    .orderBy(desc(dataset.startedAt))
    .limit(1);
  if (!row) return null;
  const [newest] = await q
    .select({ at: sql<Date | null>`max(${file.sourceCreatedAt})`.mapWith(file.sourceCreatedAt) })
    .from(file)
    .where(eq(file.datasetId, row.id));
  const last = newest?.at ?? row.startedAt;
  return at <= last ? row : null;
}

/** The sample of this name in the experiment, made when it is new. */
export async function upsertSample(
  tx: Transaction,
  row: { id: string; experimentId: string; name: string; createdAt: Date },
): Promise<string> {
  const [inserted] = await tx
    .insert(sample)
    .values(row)
    .onConflictDoNothing({ target: [sample.experimentId, sample.name] })
    .returning({ id: sample.id });
  if (inserted) return inserted.id;
  const [existing] = await tx
    .select({ id: sample.id })
    .from(sample)
    .where(and(eq(sample.experimentId, row.experimentId), eq(sample.name, row.name)));
  return existing!.id;
}

/** What is said of a sample that nobody has said otherwise of. */
export async function describeSample(
  tx: Transaction,
  sampleId: string,
  said: { container?: string; position?: string; barcode?: string },
): Promise<void> {
  const { container, position, barcode } = said;
  if (container === undefined && position === undefined && barcode === undefined) return;
  await tx
    .update(sample)
    .set({
      ...(container && { container: sql`coalesce(${sample.container}, ${container})` }),
      ...(position && { position: sql`coalesce(${sample.position}, ${position})` }),
      ...(barcode && { barcode: sql`coalesce(${sample.barcode}, ${barcode})` }),
    })
    .where(eq(sample.id, sampleId));
}

export async function insertAcquisition(
  tx: Transaction,
  row: typeof acquisition.$inferInsert,
): Promise<void> {
  await tx.insert(acquisition).values(row);
}

/** False when its base or its series key is taken. */
export async function insertDataset(tx: Transaction, row: typeof dataset.$inferInsert): Promise<boolean> {
  const rows = await tx.insert(dataset).values(row).onConflictDoNothing().returning({ id: dataset.id });
  return rows.length > 0;
}

export async function updateDataset(
  tx: Transaction,
  datasetId: string,
  changes: Partial<typeof dataset.$inferInsert>,
): Promise<void> {
  await tx.update(dataset).set(changes).where(eq(dataset.id, datasetId));
}

export async function endAcquisition(tx: Transaction, acquisitionId: string, at: Date): Promise<void> {
  await tx.update(acquisition).set({ endedAt: at }).where(eq(acquisition.id, acquisitionId));
}

/** Highest stored 0-based frame id of a channel; null when none is stored. */
export async function lastStoredFrame(
  q: Queryable,
  datasetId: string,
  channel: string,
): Promise<number | null> {
  const PAGE = 8;
  // Tables without a single frame are rare: nearly always the first row answers.
  for (let offset = 0; ; offset += PAGE) {
    const tables = await q
      .select({ firstFrame: frameTable.firstFrame, rows: frameTable.rows, entries: frameTable.entries })
      .from(frameTable)
      .where(and(eq(frameTable.datasetId, datasetId), eq(frameTable.channel, channel)))
      .orderBy(desc(frameTable.firstFrame))
      .limit(PAGE)
      .offset(offset);
    for (const table of tables) {
      const row = isLocated(table) ? lastFrameIn(table.entries) : table.rows - 1;
      if (row >= 0) return table.firstFrame + row;
    }
    if (tables.length < PAGE) return null;
  }
}

/** The frame tables of a channel, in order of their frames. */
export async function storedTables(q: Queryable, datasetId: string, channel: string) {
  return q
    .select({
      fileId: frameTable.fileId,
      path: file.path,
      firstFrame: frameTable.firstFrame,
      rows: frameTable.rows,
      entries: frameTable.entries,
    })
    .from(frameTable)
    .innerJoin(file, eq(file.id, frameTable.fileId))
    .where(and(eq(frameTable.datasetId, datasetId), eq(frameTable.channel, channel)))
    .orderBy(frameTable.firstFrame);
}

/** When the newest file of the dataset was stored; null when it has none. */
export async function lastCommitted(q: Queryable, datasetId: string): Promise<Date | null> {
  const [row] = await q
    .select({ at: sql<Date | null>`max(${file.committedAt})`.mapWith(file.committedAt) })
    .from(file)
    .where(eq(file.datasetId, datasetId));
  return row?.at ?? null;
}
