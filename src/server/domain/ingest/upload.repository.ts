import { and, eq, gt, inArray, lt, ne, or } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { file, fileVersion, frameTable, frameValues, reassignment, upload } from '../../db/schema/index.ts';
import type { ParsedTable, ParsedValues } from './frame-entries.ts';

export type UploadRow = typeof upload.$inferSelect;
export type FileRow = typeof file.$inferSelect;

export async function findUpload(q: Queryable, uploadId: string): Promise<UploadRow | null> {
  const rows = await q.select().from(upload).where(eq(upload.id, uploadId));
  return rows[0] ?? null;
}

export async function lockUpload(tx: Transaction, uploadId: string): Promise<UploadRow | null> {
  const rows = await tx.select().from(upload).where(eq(upload.id, uploadId)).for('update');
  return rows[0] ?? null;
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

export async function markCompleted(
  tx: Transaction,
  uploadId: string,
  changes: Pick<UploadRow, 'parts' | 'fileId' | 'completedAt'>,
): Promise<void> {
  await tx
    .update(upload)
    .set({ ...changes, state: 'completed' })
    .where(and(eq(upload.id, uploadId), eq(upload.state, 'open')));
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

export async function insertFile(tx: Transaction, row: typeof file.$inferInsert): Promise<void> {
  await tx.insert(file).values(row);
}

/** What a completion says of the frames in a file. */
export interface FrameContent {
  tables: readonly ParsedTable[];
  values: readonly ParsedValues[];
}

export async function insertFrames(
  tx: Transaction,
  fileId: string,
  datasetId: string,
  { tables, values }: FrameContent,
): Promise<void> {
  const of = { fileId, datasetId };
  if (tables.length > 0) {
    await tx.insert(frameTable).values(
      tables.map(({ channel, firstFrame, rows, entries }) => ({
        ...of,
        channel,
        firstFrame,
        rows,
        entries,
      })),
    );
  }
  if (values.length > 0) await tx.insert(frameValues).values(values.map((one) => ({ ...of, ...one })));
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

/**
 * True when another file of the dataset has a frame in the range of `table`. No table has more rows than `framesPerFile`.
 * @param exceptFileId the file whose own table is being replaced
 */
export async function overlapsStored(
  q: Queryable,
  dataset: { id: string; framesPerFile: number },
  table: Pick<ParsedTable, 'channel' | 'firstFrame' | 'rows'>,
  exceptFileId: string | null,
): Promise<boolean> {
  const near = await q
    .select({ firstFrame: frameTable.firstFrame, rows: frameTable.rows })
    .from(frameTable)
    .where(
      and(
        eq(frameTable.datasetId, dataset.id),
        eq(frameTable.channel, table.channel),
        lt(frameTable.firstFrame, table.firstFrame + table.rows),
        gt(frameTable.firstFrame, table.firstFrame - dataset.framesPerFile),
        exceptFileId === null ? undefined : ne(frameTable.fileId, exceptFileId),
      ),
    );
  return near.some((other) => other.firstFrame + other.rows > table.firstFrame);
}
