import { eq, inArray, lt, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { abortedUpload, file } from '../../db/schema/index.ts';

export type AbortedRow = typeof abortedUpload.$inferSelect;

export async function insertAborted(tx: Transaction, row: typeof abortedUpload.$inferInsert): Promise<void> {
  await tx.insert(abortedUpload).values(row);
}

export async function isAborted(q: Queryable, storeUploadRef: string): Promise<boolean> {
  const rows = await q
    .select({ id: abortedUpload.id })
    .from(abortedUpload)
    .where(eq(abortedUpload.storeUploadRef, storeUploadRef));
  return rows.length > 0;
}

/** Uploads aborted before `before`, oldest first. */
export async function abortedBefore(q: Queryable, before: Date, limit: number): Promise<AbortedRow[]> {
  return q
    .select()
    .from(abortedUpload)
    .where(lt(abortedUpload.abortedAt, before))
    .orderBy(abortedUpload.abortedAt)
    .limit(limit);
}

export async function forgetAborted(q: Queryable, ids: readonly string[]): Promise<void> {
  await q.delete(abortedUpload).where(inArray(abortedUpload.id, [...ids]));
}

/** Lets one at a time remove what lies under a key, until the transaction ends. */
export async function lockKey(tx: Transaction, storeKey: string): Promise<void> {
  const name = JSON.stringify(['store key', storeKey]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/** True when a file has the key. */
export async function isKeyOfFile(q: Queryable, storeKey: string): Promise<boolean> {
  const rows = await q.select({ id: file.id }).from(file).where(eq(file.storeKey, storeKey)).limit(1);
  return rows.length > 0;
}
