import { AppError } from '../../../shared/errors/app-error.ts';
import type { ServiceContext } from '../context.ts';
import { wholeFrames } from './channel-frames.ts';
import { tablesAgain } from './located-frames.ts';
import { countFiles } from './record-file.ts';
import { findDataset, lockDataset } from './series.repository.ts';
import {
  filesNotLookedInto,
  findFile,
  lockFile,
  markLookedInto,
  setEntries,
  tablesOf,
} from './upload.repository.ts';
import type { IngestDeps } from './uploads.ts';

/**
 * Looks into files that were made part of a dataset when nobody could tell where their frames lie, once each: what can be told now is
 * kept, as if it had been told then. Returns how many files have their frames located.
 */
export async function locateStored(
  deps: IngestDeps,
  ctx: ServiceContext,
  { limit }: { limit: number },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let located = 0;
  for (const fileId of await filesNotLookedInto(deps.db, limit)) {
    if (await lookInto(deps, ctx, fileId)) located++;
  }
  return located;
}

async function lookInto({ db, store }: IngestDeps, ctx: ServiceContext, fileId: string): Promise<boolean> {
  const file = await findFile(db, fileId);
  const known = file?.datasetId ? await findDataset(db, file.datasetId) : null;
  if (!file || !known) return false;
  const former = await tablesOf(db, fileId);
  const tables = await tablesAgain(store, known, file, former).catch((error: unknown) => {
    // Its bytes are gone: that is told by a verification.
    if (error instanceof AppError && error.code === 'NOT_FOUND') return [];
    throw error;
  });
  return db.transaction(async (tx) => {
    const dataset = await lockDataset(tx, known.id);
    const now = await lockFile(tx, fileId);
    const isSame =
      now?.version === file.version && now.storeKey === file.storeKey && now.datasetId === dataset?.id;
    // Changed meanwhile: the next look finds it.
    if (!dataset || !isSame) return false;
    await markLookedInto(tx, fileId, ctx.now());
    const found = tables.filter(({ entries }) => entries.length > 0);
    if (found.length === 0) return false;
    await setEntries(tx, fileId, found);
    const framesBefore = wholeFrames(dataset, former);
    const framesNow = wholeFrames(dataset, tables);
    await countFiles(tx, ctx, dataset, [{ file, framesBefore, framesNow, tables, masks: dataset.masks }]);
    return true;
  });
}
