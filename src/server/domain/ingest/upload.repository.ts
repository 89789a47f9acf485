import { and, eq, gt, inArray, lt } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { file, frameTable, upload } from '../../db/schema/index.ts';
import type { ParsedTable } from './frame-entries.ts';

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

export async function insertFile(tx: Transaction, row: typeof file.$inferInsert): Promise<void> {
  await tx.insert(file).values(row);
}

export async function insertFrameTables(
  tx: Transaction,
  fileId: string,
  datasetId: string,
  tables: readonly ParsedTable[],
): Promise<void> {
  if (tables.length === 0) return;
  await tx.insert(frameTable).values(
    tables.map(({ channel, firstFrame, rows, entries }) => ({
      fileId,
      datasetId,
      channel,
      firstFrame,
      rows,
      entries,
    })),
  );
}

/** True when a stored table of the dataset has a row in the range of `table`. No table has more rows than `framesPerFile`. */
export async function overlapsStored(
  q: Queryable,
  datasetId: string,
  framesPerFile: number,
  table: ParsedTable,
): Promise<boolean> {
  const near = await q
    .select({ firstFrame: frameTable.firstFrame, rows: frameTable.rows })
    .from(frameTable)
    .where(
      and(
        eq(frameTable.datasetId, datasetId),
        eq(frameTable.channel, table.channel),
        lt(frameTable.firstFrame, table.firstFrame + table.rows),
        gt(frameTable.firstFrame, table.firstFrame - framesPerFile),
      ),
    );
  return near.some((other) => other.firstFrame + other.rows > table.firstFrame);
}
