import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { type FileRow, findFiles, followFile, formerKeys, hasFile } from './place.repository.ts';

/*
 * How files change their place in the store, so that nothing is ever lost or unreadable: their objects get a second key; one transaction
 * lets the records point there; then the first key goes. The uploads of a file keep the first key until it is gone, so whoever comes
 * after a crash knows what is left to remove. Each step may be done again.
 */

/** SHA-256 of an object, lower-case hex. */
export async function hashObject(
  store: ObjectStore,
  key: string,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of store.read(key)) {
    hash.update(piece);
    sizeBytes += piece.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** First step. Throws CONFLICT when other bytes have the key, NOT_FOUND when the object is gone. */
export async function placeObject(
  store: ObjectStore,
  file: Pick<FileRow, 'path' | 'storeKey' | 'sha256'>,
  toKey: string,
): Promise<void> {
  if (file.storeKey === toKey || (await store.preserve(file.storeKey, toKey))) return;
  // There already: from an earlier try, or something that is no file of ours, such as what a job left in the tree.
  const { sha256 } = await hashObject(store, toKey);
  if (sha256 !== file.sha256) {
    throw new AppError('CONFLICT', `Where ${file.path} is to go lies something else: ${toKey}.`);
  }
}

/** Last step: removes the keys these files had before. */
export async function removeFormer(
  db: Database,
  store: ObjectStore,
  fileIds: readonly string[],
): Promise<void> {
  for (const { formerKey } of await formerKeys(db, fileIds)) {
    if (!(await hasFile(db, formerKey))) await store.delete(formerKey);
  }
  for (const file of await findFiles(db, fileIds)) {
    const { storeKey, experimentId, path } = file;
    await followFile(db, file.id, { storeKey, experimentId, path });
  }
}
