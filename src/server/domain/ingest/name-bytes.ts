import type { StoredPart } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ServiceContext } from '../context.ts';
import { abortUpload, removeBytes } from './abort-upload.ts';
import { isAborted } from './aborted.repository.ts';
import { isKeyTaken, type UploadRow } from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';

export const removedMeanwhile = () =>
  new AppError('NOT_FOUND', 'The upload was removed in the meantime: open it again.');

/** Removes what an aborted upload left under the key. False when what lies there is anything else. */
async function removeLeftover(deps: IngestDeps, storeKey: string): Promise<boolean> {
  const there = await deps.store.madeOf(storeKey);
  const ref = there?.uploadRef ?? null;
  if (ref === null || !(await isAborted(deps.db, ref))) return there === null;
  await removeBytes(deps, { storeKey, storeUploadRef: ref });
  return true;
}

/**
 * Gives the bytes of a new file their name. Returns when they had it. Where a file of a watched folder finds its name taken, which it may
 * learn only now, what an aborted upload left there goes (and the agent sends again what that kept out: CHECKSUM_MISMATCH); anything else
 * stays, and the upload is opened anew under another name, as one is whose bytes under the name are not those declared (NOT_FOUND).
 */
export async function nameBytes(
  deps: IngestDeps,
  ctx: ServiceContext,
  row: UploadRow,
  bytes: { parts: readonly StoredPart[]; sizeBytes: number },
): Promise<void> {
  const { storeKey: key, storeUploadRef: uploadRef, source } = row;
  const complete = () => deps.store.completeUpload({ key, uploadRef, ...bytes });
  try {
    await complete();
  } catch (error) {
    const code = error instanceof AppError ? error.code : null;
    if (source === null || (code !== 'CONFLICT' && code !== 'NOT_FOUND')) throw error;
    if (code === 'CONFLICT' && (await removeLeftover(deps, key))) {
      await complete();
      return;
    }
    await abortUpload(deps, ctx, row);
    throw removedMeanwhile();
  }
}

/** Removes the bytes of an upload that was given up, or whose dataset moved away, after they had got their name. */
export async function takeBack(deps: IngestDeps, ctx: ServiceContext, row: UploadRow): Promise<void> {
  if (!(await abortUpload(deps, ctx, row))) await removeBytes(deps, row);
  const there = await deps.store.madeOf(row.storeKey);
  const isOwn = there?.uploadRef === null || there?.uploadRef === row.storeUploadRef;
  if (isOwn && !(await isKeyTaken(deps.db, row.storeKey))) await deps.store.delete(row.storeKey);
}
