import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { abortedBefore, forgetAborted, insertAborted, isKeyOfFile, lockKey } from './aborted.repository.ts';
import { deleteOpenUpload, openUploadRefs, openUploadsBefore, type UploadRow } from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';

/**
 * What an agent was sending when its upload was aborted has come by then or never will: addresses count a quarter of an hour by the store's
 * clock, and what is begun within it has the rest.
 */
const COMES_NO_MORE_MS = 3600 * 1000;

export type PlacedUpload = Pick<UploadRow, 'storeKey' | 'storeUploadRef'>;

/**
 * Removes what the store has of an upload that is not open any more and never became a file. By one at a time for a key: only so nobody removes
 * what another puts there when this is gone.
 */
export async function removeBytes(
  { db, store }: IngestDeps,
  { storeKey, storeUploadRef }: PlacedUpload,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockKey(tx, storeKey);
    const isRecorded = await isKeyOfFile(tx, storeKey);
    await store.abortUpload({ key: storeKey, uploadRef: storeUploadRef, isRecorded }).catch((error) => {
      // A reference of the store that was left for this one.
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
    });
  });
}

/** Takes an upload that was not completed out of the records. False when it is gone or completed meanwhile. */
async function forgetUpload(tx: Transaction, ctx: ServiceContext, row: UploadRow): Promise<boolean> {
  if (!(await deleteOpenUpload(tx, row.id))) return false;
  await recordAudit(tx, ctx, {
    action: 'upload.abort',
    entityKind: 'upload',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: { path: row.path },
  });
  return true;
}

/**
 * Removes an upload that was not completed, with its bytes; a note of it stays until nothing of it can come any more. False when it is gone
 * or completed meanwhile.
 * @param withNamed also bytes that got their name, when the record of it was lost (a crash in between): for one that is sent no more
 */
export async function abortUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  row: UploadRow,
  { withNamed = false } = {},
): Promise<boolean> {
  const { id, storeKey, storeUploadRef } = row;
  const removed = await deps.db.transaction(async (tx) => {
    if (!(await forgetUpload(tx, ctx, row))) return false;
    await insertAborted(tx, { id, storeKey, storeUploadRef, abortedAt: ctx.now() });
    // Until this transaction ends the key is taken, so that nobody else puts anything there.
    if (withNamed) {
      const isRecorded = await isKeyOfFile(tx, storeKey);
      await deps.store.abortUpload({ key: storeKey, uploadRef: storeUploadRef, isRecorded, holdsKey: true });
    }
    return true;
  });
  if (removed) await removeBytes(deps, row);
  return removed;
}

/** Looks again at aborted uploads of which nothing can come any more, and forgets them. */
async function removeLate(deps: IngestDeps, ctx: ServiceContext, limit: number): Promise<void> {
  const before = new Date(ctx.now().getTime() - COMES_NO_MORE_MS);
  for (const row of await abortedBefore(deps.db, before, limit)) {
    await removeBytes(deps, row);
    await forgetAborted(deps.db, [row.id]);
  }
}

/**
 * Removes uploads that nobody completed since `before`, with their bytes; an agent that still wants one opens it anew. Then what came late of
 * those that were aborted, and those of the store that were begun before and never recorded. Returns how many.
 */
export async function abortStaleUploads(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: { before: Date; limit: number },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let aborted = 0;
  for (const row of await openUploadsBefore(deps.db, input.before, input.limit)) {
    if (await abortUpload(deps, ctx, row)) aborted++;
  }
  await removeLate(deps, ctx, input.limit);
  return (
    aborted + (await deps.store.sweepUploads({ before: input.before, known: await openUploadRefs(deps.db) }))
  );
}

const FORGOTTEN_AT_ONCE = 500;

/**
 * Forgets every upload that is not completed, when data move to another store: what is stored of it lies in the one that is left, where
 * nothing changes, and its agent, which keeps the data until they are confirmed, opens it anew. Returns how many. For the system only.
 */
export async function forgetOpenUploads(db: Database, ctx: ServiceContext): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const before = new Date(ctx.now().getTime() + 1);
  for (let forgotten = 0; ; ) {
    const rows = await openUploadsBefore(db, before, FORGOTTEN_AT_ONCE);
    if (rows.length === 0) return forgotten;
    for (const row of rows) if (await db.transaction((tx) => forgetUpload(tx, ctx, row))) forgotten++;
  }
}
