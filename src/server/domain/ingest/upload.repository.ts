import { and, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { file, fileVersion, frameTable, frameValues, reassignment, upload } from '../../db/schema/index.ts';
import type { ParsedTable, ParsedValues } from './frame-entries.ts';

export type UploadRow = typeof upload.$inferSelect;
/** Without what the database sets itself. */
export type FileRow = Omit<typeof file.$inferSelect, 'changedTxid'>;

export async function findUploads(q: Queryable, ids: readonly string[]): Promise<UploadRow[]> {
  return q
    .select()
    .from(upload)
    .where(inArray(upload.id, [...ids]));
}

export async function lockUpload(tx: Transaction, uploadId: string): Promise<UploadRow | null> {
  const [row] = await lockUploads(tx, [uploadId]);
  return row ?? null;
}

/** Always in the order of their ids, so that two who lock several never wait for each other. */
export async function lockUploads(tx: Transaction, ids: readonly string[]): Promise<UploadRow[]> {
  return tx
    .select()
    .from(upload)
    .where(inArray(upload.id, [...ids]))
    .orderBy(upload.id)
    .for('update');
}

export async function findByClientIds(q: Queryable, clientIds: readonly string[]): Promise<UploadRow[]> {
  return q
    .select()
    .from(upload)
    .where(inArray(upload.clientId, [...clientIds]));
}

/** True when a file of the experiment has the path, though its bytes may still be on the way there. */
export async function isPathTaken(q: Queryable, experimentId: string | null, path: string): Promise<boolean> {
  if (experimentId === null) return false;
  const rows = await q
    .select({ id: file.id })
    .from(file)
    .where(and(eq(file.experimentId, experimentId), eq(file.path, path)));
  return rows.length > 0;
}

/** True when a file or another upload has the key. */
export async function isKeyTaken(q: Queryable, storeKey: string): Promise<boolean> {
  const [uploads, files] = await Promise.all([
    q.select({ id: upload.id }).from(upload).where(eq(upload.storeKey, storeKey)),
    q.select({ id: file.id }).from(file).where(eq(file.storeKey, storeKey)),
  ]);
  return uploads.length + files.length > 0;
}

/** False when its client id or its key is taken. */
export async function insertUpload(q: Queryable, row: typeof upload.$inferInsert): Promise<boolean> {
  const rows = await q.insert(upload).values(row).onConflictDoNothing().returning({ id: upload.id });
  return rows.length > 0;
}

/** Changes the uploads that a file came from. */
export async function moveUploads(
  tx: Transaction,
  fileId: string,
  changes: Partial<typeof upload.$inferInsert>,
): Promise<void> {
  await tx.update(upload).set(changes).where(eq(upload.fileId, fileId));
}

/** Returns the ids of those whose client id and key were free. */
export async function insertUploads(
  q: Queryable,
  rows: readonly (typeof upload.$inferInsert)[],
): Promise<string[]> {
  const inserted = await q
    .insert(upload)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ id: upload.id });
  return inserted.map(({ id }) => id);
}

/** Bases the dataset had before it was given to other experiments. */
export async function formerBases(q: Queryable, datasetId: string): Promise<string[]> {
  const rows = await q
    .selectDistinct({ base: reassignment.fromPath })
    .from(reassignment)
    .where(eq(reassignment.datasetId, datasetId));
  return rows.map(({ base }) => base);
}

/** True while a worker moves one of these to another experiment. */
export async function isBeingMoved(
  q: Queryable,
  { datasetIds, fileIds }: { datasetIds: readonly string[]; fileIds: readonly string[] },
): Promise<boolean> {
  if (datasetIds.length + fileIds.length === 0) return false;
  const [row] = await q
    .select({ id: reassignment.id })
    .from(reassignment)
    .where(
      and(
        eq(reassignment.state, 'moving'),
        or(inArray(reassignment.datasetId, [...datasetIds]), inArray(reassignment.fileId, [...fileIds])),
      ),
    )
    .limit(1);
  return row !== undefined;
}

/** What completes an upload. */
export interface CompletedUpload {
  id: string;
  fileId: string;
  parts: UploadRow['parts'];
}

export async function markCompleted(
  tx: Transaction,
  uploads: readonly CompletedUpload[],
  completedAt: Date,
): Promise<void> {
  const told = JSON.stringify(uploads.map(({ id, fileId, parts }) => ({ id, file_id: fileId, parts })));
  await tx.execute(sql`
    update ${upload} set state = 'completed', completed_at = ${completedAt.toISOString()}::timestamptz,
      file_id = done.file_id, parts = done.parts
    from jsonb_to_recordset(${told}::jsonb) as done(id uuid, file_id uuid, parts jsonb)
    where ${upload.id} = done.id and ${upload.state} = 'open'`);
}

/** Uploads that nobody completed, oldest first. */
export async function openUploadsBefore(q: Queryable, before: Date, limit: number): Promise<UploadRow[]> {
  return q
    .select()
    .from(upload)
    .where(and(eq(upload.state, 'open'), lt(upload.createdAt, before)))
    .orderBy(upload.createdAt)
    .limit(limit);
}

/** The store's references of all uploads that nobody completed. */
export async function openUploadRefs(q: Queryable): Promise<Set<string>> {
  const rows = await q.select({ ref: upload.storeUploadRef }).from(upload).where(eq(upload.state, 'open'));
  return new Set(rows.map(({ ref }) => ref));
}

export async function deleteOpenUpload(tx: Transaction, uploadId: string): Promise<boolean> {
  const rows = await tx
    .delete(upload)
    .where(and(eq(upload.id, uploadId), eq(upload.state, 'open')))
    .returning({ id: upload.id });
  return rows.length > 0;
}

export async function findFile(q: Queryable, fileId: string): Promise<FileRow | null> {
  const rows = await q.select().from(file).where(eq(file.id, fileId));
  return rows[0] ?? null;
}

/** The file, held against every other change until the transaction ends. */
export async function lockFile(tx: Transaction, fileId: string): Promise<FileRow | null> {
  const rows = await tx.select().from(file).where(eq(file.id, fileId)).for('update');
  return rows[0] ?? null;
}

export async function updateFile(
  tx: Transaction,
  fileId: string,
  changes: Partial<typeof file.$inferInsert>,
): Promise<void> {
  await tx.update(file).set(changes).where(eq(file.id, fileId));
}

export async function insertFileVersion(
  tx: Transaction,
  row: typeof fileVersion.$inferInsert,
): Promise<void> {
  await tx.insert(fileVersion).values(row);
}

export async function insertFiles(
  tx: Transaction,
  rows: readonly (typeof file.$inferInsert)[],
): Promise<void> {
  await tx.insert(file).values([...rows]);
}

/** What a completion says of the frames in a file. */
export interface FrameContent {
  tables: readonly ParsedTable[];
  values: readonly ParsedValues[];
}

/** Frames of a file of a dataset. */
export interface FileFrames extends FrameContent {
  fileId: string;
  datasetId: string;
}

export async function insertFrames(tx: Transaction, files: readonly FileFrames[]): Promise<void> {
  const tableRows = files.flatMap(({ fileId, datasetId, tables }) =>
    tables.map(({ channel, firstFrame, rows, entries }) => ({
      ...{ fileId, datasetId, channel, firstFrame, rows, entries },
    })),
  );
  const valueRows = files.flatMap(({ fileId, datasetId, values }) =>
    values.map((one) => ({ fileId, datasetId, ...one })),
  );
  if (tableRows.length > 0) await tx.insert(frameTable).values(tableRows);
  if (valueRows.length > 0) await tx.insert(frameValues).values(valueRows);
}

export async function tablesOf(q: Queryable, fileId: string): Promise<FrameTableRow[]> {
  return q.select().from(frameTable).where(eq(frameTable.fileId, fileId));
}

/** Forgets what is known of the frames in a file. Returns its tables. */
export async function deleteFrames(tx: Transaction, fileId: string): Promise<FrameTableRow[]> {
  await tx.delete(frameValues).where(eq(frameValues.fileId, fileId));
  return tx.delete(frameTable).where(eq(frameTable.fileId, fileId)).returning();
}
export type FrameTableRow = typeof frameTable.$inferSelect;

/** Files of which nobody knows where their frames lie, and into which nobody has looked; of one dataset, or of all. */
export async function filesNotLookedInto(
  q: Queryable,
  { limit, datasetId }: { limit: number; datasetId?: string },
): Promise<string[]> {
  const isUnknown = and(sql`octet_length(${frameTable.entries}) = 0`, isNull(frameTable.lookedIntoAt));
  const rows = await q
    .select({ fileId: frameTable.fileId })
    .from(frameTable)
    .where(datasetId === undefined ? isUnknown : and(isUnknown, eq(frameTable.datasetId, datasetId)))
    .groupBy(frameTable.fileId)
    .orderBy(sql`min(${frameTable.firstFrame})`)
    .limit(limit);
  return rows.map(({ fileId }) => fileId);
}

/** @param why nobody can tell where its frames lie, by channel */
export async function markLookedInto(
  tx: Transaction,
  fileId: string,
  at: Date,
  why: readonly { channel: string; why: string | null }[],
): Promise<void> {
  await tx.update(frameTable).set({ lookedIntoAt: at }).where(eq(frameTable.fileId, fileId));
  for (const { channel, why: unlocatedWhy } of why) {
    await tx
      .update(frameTable)
      .set({ unlocatedWhy })
      .where(and(eq(frameTable.fileId, fileId), eq(frameTable.channel, channel)));
  }
}

/** Where the frames of tables that are there lie. */
export async function setEntries(
  tx: Transaction,
  fileId: string,
  tables: readonly Pick<ParsedTable, 'channel' | 'entries'>[],
): Promise<void> {
  for (const { channel, entries } of tables) {
    await tx
      .update(frameTable)
      .set({ entries })
      .where(and(eq(frameTable.fileId, fileId), eq(frameTable.channel, channel)));
  }
}

type TableRange = Pick<ParsedTable, 'channel' | 'firstFrame' | 'rows'>;

const endOf = ({ firstFrame, rows }: TableRange) => firstFrame + rows;
const isOverlap = (one: TableRange, other: TableRange) =>
  one.channel === other.channel && one.firstFrame < endOf(other) && other.firstFrame < endOf(one);

/**
 * The first of `tables` with a frame that another of them or a stored one of the dataset has. No table has more rows than
 * `framesPerFile`.
 * @param exceptFileId the file whose own tables are being replaced
 */
export async function findOverlap(
  q: Queryable,
  dataset: { id: string; framesPerFile: number },
  tables: readonly TableRange[],
  exceptFileId: string | null,
): Promise<TableRange | null> {
  if (tables.length === 0) return null;
  const first = Math.min(...tables.map(({ firstFrame }) => firstFrame));
  const stored = await q
    .select({ channel: frameTable.channel, firstFrame: frameTable.firstFrame, rows: frameTable.rows })
    .from(frameTable)
    .where(
      and(
        eq(frameTable.datasetId, dataset.id),
        lt(frameTable.firstFrame, Math.max(...tables.map(endOf))),
        gt(frameTable.firstFrame, first - dataset.framesPerFile),
        exceptFileId === null ? undefined : ne(frameTable.fileId, exceptFileId),
      ),
    );
  const before: TableRange[] = stored;
  for (const table of tables) {
    if (before.some((other) => isOverlap(table, other))) return table;
    before.push(table);
  }
  return null;
}
