import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { placeObject } from '../custody/move-objects.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import {
  type FormerPlaceRow,
  forgetFormerPlace,
  formerPlaces,
  isKeyOfAnyFile,
  isReadByJobSince,
  lockFileById,
  setStoreKey,
  uploadsFollow,
} from './change-files.repository.ts';

const PAGE = 500;

/**
 * Brings the bytes of files that people renamed or moved where their paths say: a second key, then the record, then the first key goes (0013). It goes
 * only when no job is under way that had begun before: such a job goes on reading under the names it knows. May be cut short anywhere and
 * called again. Returns how many places are left for later. For the system only.
 */
export async function placeFiles(
  { db, store }: { db: Database; store: ObjectStore },
  ctx: ServiceContext,
): Promise<{ left: number }> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  let left = 0;
  for (let behind: FormerPlaceRow | null = null; ; ) {
    const rows: FormerPlaceRow[] = await formerPlaces(db, behind, PAGE);
    for (const row of rows) {
      // Once to bring the bytes, once to take the first key away: the record lies between them.
      const isLeft = (await tryLeave(db, store, ctx, row)) || (await tryLeave(db, store, ctx, row));
      if (!isLeft) left += 1;
    }
    behind = rows.at(-1) ?? null;
    if (rows.length < PAGE) return { left };
  }
}

/** What cannot be brought, because its bytes are gone or others lie where it is to go, stays where it is and is tried again; the others do not wait for it. */
async function tryLeave(...args: Parameters<typeof leave>): Promise<boolean> {
  try {
    return await leave(...args);
  } catch (error) {
    if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT')) return false;
    throw error;
  }
}

/** False when the place is still needed. */
async function leave(
  db: Database,
  store: ObjectStore,
  ctx: ServiceContext,
  row: FormerPlaceRow,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Held, so that no version is made of it between its second key and the record.
    const file = await lockFileById(tx, row.fileId);
    if (!file) throw new AppError('NOT_FOUND');
    // Given to another experiment since, which brings its bytes itself.
    if (file.experimentId !== row.experimentId) return give(tx, store, row);
    const { code } = await requireExperiment(tx, ctx, row.experimentId, 'experiment.view');
    const storeKey = `${code}/${file.path}`;
    if (file.storeKey !== storeKey) {
      await placeObject(store, file, storeKey);
      await setStoreKey(tx, file.id, storeKey);
      // The first key goes in a transaction after this one: until then it is recorded here.
      return false;
    }
    const isNeeded = row.storeKey !== storeKey && (await isReadByJobSince(tx, row.experimentId, row.leftAt));
    if (isNeeded) return false;
    await uploadsFollow(tx, file);
    return give(tx, store, row);
  });
}

/** The key goes, unless a file has it again. */
async function give(tx: Transaction, store: ObjectStore, { storeKey }: FormerPlaceRow): Promise<true> {
  if (!(await isKeyOfAnyFile(tx, storeKey))) await store.delete(storeKey);
  await forgetFormerPlace(tx, storeKey);
  return true;
}
