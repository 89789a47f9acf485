import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { file, upload } from '../../db/schema/index.ts';

export type FileRow = typeof file.$inferSelect;

/** Keys under which uploads put files that lie under another key now. */
export async function formerKeys(
  q: Queryable,
  fileIds: readonly string[],
): Promise<{ fileId: string; storeKey: string; formerKey: string }[]> {
  if (fileIds.length === 0) return [];
  return q
    .selectDistinct({ fileId: file.id, storeKey: file.storeKey, formerKey: upload.storeKey })
    .from(upload)
    .innerJoin(file, eq(file.id, upload.fileId))
    .where(and(inArray(upload.fileId, [...fileIds]), ne(upload.storeKey, file.storeKey)));
}

/** Whether some file lies under the key. */
export async function hasFile(q: Queryable, storeKey: string): Promise<boolean> {
  const rows = await q.select({ id: file.id }).from(file).where(eq(file.storeKey, storeKey));
  return rows.length > 0;
}

/** Makes the uploads of a file follow it: their key is its key again. */
export async function followFile(
  q: Queryable,
  fileId: string,
  place: Pick<FileRow, 'storeKey' | 'experimentId' | 'path'>,
): Promise<void> {
  await q.update(upload).set(place).where(eq(upload.fileId, fileId));
}

export async function findFiles(q: Queryable, fileIds: readonly string[]): Promise<FileRow[]> {
  if (fileIds.length === 0) return [];
  return q
    .select()
    .from(file)
    .where(inArray(file.id, [...fileIds]));
}
