import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { ObjectStat, ObjectStore } from '../../storage/object-store.port.ts';
import { hashObject } from '../custody/move-objects.ts';
import { isStillRecorded, type StoredContent, storedContents } from './store-contents.repository.ts';

/** Contents that are under way at once. */
const AT_ONCE = 6;

/** What was brought to the other store and proved there, over any number of runs. */
export interface MoveBook {
  /** How the object looked when it was proved to have these bytes; null when it was not. Marks it as still wanted in this run. */
  find(content: StoredContent): Pick<ObjectStat, 'sizeBytes' | 'storedAt'> | null;
  /** Before the first byte: what a crash leaves under the key is known then. */
  begin(content: StoredContent): void;
  /** It is proved. */
  add(content: StoredContent, stat: ObjectStat): void;
  /** Keys that no `find` of this run named. */
  unwanted(): string[];
  remove(key: string): void;
}

export interface MoveDeps {
  db: Database;
  from: ObjectStore;
  to: ObjectStore;
  book: MoveBook;
}

export interface MoveSums {
  broughtFiles: number;
  broughtBytes: number;
  hereFiles: number;
  removedFiles: number;
}

export interface MoveOutcome extends MoveSums {
  /** What could not be brought, a sentence each. */
  faults: string[];
}

const isMissing = (error: unknown) => error instanceof AppError && error.code === 'NOT_FOUND';

/** Brings what lies under a key, and reads it again there. Returns its SHA-256. Throws NOT_FOUND. */
async function bringBytes({ from, to }: MoveDeps, fromKey: string, toKey: string): Promise<string> {
  const { sha256, sizeBytes } = await to.put(toKey, from.read(fromKey));
  const there = await hashObject(to, toKey);
  if (there.sha256 !== sha256 || there.sizeBytes !== sizeBytes) {
    await to.delete(toKey);
    throw new AppError('UNAVAILABLE', `The store gives other bytes of ${toKey} than it was sent.`);
  }
  return sha256;
}

/** Brings a content whose bytes are those of its record. Returns why not; null when it is there. */
async function bring(deps: MoveDeps, content: StoredContent): Promise<string | null> {
  const { key, sha256, asideKey } = content;
  let why = '';
  for (const fromKey of asideKey === null ? [key] : [key, asideKey]) {
    try {
      const found = await bringBytes(deps, fromKey, key);
      if (sha256 === null || found === sha256) return null;
      why ||= `its bytes have changed: their SHA-256 is ${found}, at the source it was ${sha256}`;
    } catch (error) {
      if (!isMissing(error)) throw error;
      why ||= 'it is missing';
    }
  }
  await deps.to.delete(key);
  return why;
}

/**
 * Copies every recorded content from one store to another under the same keys, proves each by reading it again, and removes from the other what
 * an earlier run brought and no record names any more. Nothing of the first store changes. May be stopped anywhere and called again: what
 * was proved is not brought again while it is as it was. Throws what concerns all.
 * @param told of every content that was looked at
 */
export async function moveStore(
  deps: MoveDeps,
  signal: AbortSignal,
  told: (sums: MoveSums) => void = () => undefined,
): Promise<MoveOutcome> {
  const { db, to, book } = deps;
  const sums: MoveSums = { broughtFiles: 0, broughtBytes: 0, hereFiles: 0, removedFiles: 0 };
  const faults: string[] = [];
  const contents = storedContents(db);

  async function take(content: StoredContent): Promise<void> {
    const { key } = content;
    const proved = book.find(content);
    const there = proved === null ? null : await to.stat(key);
    if (
      proved &&
      there?.sizeBytes === proved.sizeBytes &&
      there?.storedAt.getTime() === proved.storedAt.getTime()
    ) {
      sums.hereFiles++;
      return;
    }
    book.begin(content);
    const why = await bring(deps, content);
    // Rewritten or moved while it was read: the next run brings it as it is then.
    if (why !== null && !(await isStillRecorded(db, content))) return;
    if (why !== null) {
      faults.push(`${key}: ${why}`);
      return;
    }
    const stat = (await to.stat(key))!;
    book.add(content, stat);
    sums.broughtFiles++;
    sums.broughtBytes += stat.sizeBytes;
  }
  const ending = new AbortController();
  const worker = async () => {
    for (;;) {
      signal.throwIfAborted();
      ending.signal.throwIfAborted();
      const { value, done } = await contents.next();
      if (done) return;
      await take(value);
      told(sums);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error) => {
      ending.abort(error);
    }),
  );
  await Promise.all(workers);
  ending.signal.throwIfAborted();
  for (const key of book.unwanted()) {
    signal.throwIfAborted();
    await to.delete(key);
    book.remove(key);
    sums.removedFiles++;
  }
  return { ...sums, faults };
}
