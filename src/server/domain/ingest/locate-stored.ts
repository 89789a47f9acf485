import { AppError } from '../../../shared/errors/app-error.ts';
import type { ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
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
 * kept, as if it had been told then. Returns how many files have their frames located. One that cannot be read now keeps nobody from the
 * others, and is looked into the next time; the first of such errors is thrown at the end.
 */
export async function locateStored(
  deps: IngestDeps,
  ctx: ServiceContext,
  { limit }: { limit: number },
): Promise<number> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let located = 0;
  const failures: unknown[] = [];
  for (const fileId of await filesNotLookedInto(deps.db, { limit })) {
    try {
      if (await lookInto(deps, ctx, fileId)) located++;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return located;
}

/** Somebody waits before the screen; what is left is asked for again. */
const MOST_AT_ONCE = 100;
const LONGEST_MS = 4000;

/**
 * The same for one dataset that somebody opens, as far as it goes in a few seconds. `left`: files to be looked into yet. Throws what the
 * store does: then it can be tried again.
 */
export async function locateFrames(
  deps: IngestDeps,
  ctx: ServiceContext,
  { datasetId }: { datasetId: string },
): Promise<{ located: number; left: number }> {
  const { id } = await requireDataset(deps.db, ctx, datasetId, 'experiment.view');
  const until = ctx.now().getTime() + LONGEST_MS;
  let located = 0;
  for (const fileId of await filesNotLookedInto(deps.db, { limit: MOST_AT_ONCE, datasetId: id })) {
    if (await lookInto(deps, ctx, fileId)) located++;
    if (ctx.now().getTime() >= until) break;
  }
  const left = await filesNotLookedInto(deps.db, { limit: MAX_LEFT, datasetId: id });
  return { located, left: left.length };
}

const MAX_LEFT = 100_000;

/** What is told of a file whose bytes are gone; verifications tell it where it matters. */
const GONE = 'Its bytes are not in the store.';

async function lookInto({ db, store }: IngestDeps, ctx: ServiceContext, fileId: string): Promise<boolean> {
  const file = await findFile(db, fileId);
  const known = file?.datasetId ? await findDataset(db, file.datasetId) : null;
  if (!file || !known) return false;
  const told = await tablesOf(db, fileId);
  const tables = await tablesAgain(store, known, file, told).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
    return told.map(({ channel, firstFrame, rows }) => {
      return { channel, firstFrame, rows, entries: new Uint8Array(0), framesStored: rows, why: GONE };
    });
  });
  return db.transaction(async (tx) => {
    const dataset = await lockDataset(tx, known.id);
    const now = await lockFile(tx, fileId);
    const former = await tablesOf(tx, fileId);
    const isSame =
      now?.version === file.version && now.storeKey === file.storeKey && now.datasetId === dataset?.id;
    // Changed meanwhile: the next look finds it. Or somebody else looked at the same time.
    if (!dataset || !isSame || former.every(({ lookedIntoAt }) => lookedIntoAt !== null)) return false;
    await markLookedInto(tx, fileId, ctx.now(), tables);
    const unknown = new Set(
      former.filter(({ entries }) => entries.length === 0).map(({ channel }) => channel),
    );
    const found = tables.filter(({ channel, entries }) => entries.length > 0 && unknown.has(channel));
    if (found.length === 0) return false;
    await setEntries(tx, fileId, found);
    const framesBefore = wholeFrames(dataset, former);
    const framesNow = wholeFrames(dataset, tables);
    await countFiles(tx, ctx, dataset, [{ file, framesBefore, framesNow, tables, masks: dataset.masks }]);
    return true;
  });
}
