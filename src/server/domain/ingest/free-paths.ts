import { AppError } from '../../../shared/errors/app-error.ts';
import { suffixedPath } from '../../../shared/model/store-path.ts';
import type { Queryable } from '../../db/client.ts';
import { basesOfStreams, pathsInUse, takenKeys } from './path.repository.ts';

/** A file that wants a name in an experiment (or, without one, in a folder of the unassigned tray). */
export interface WantedPath {
  /** Experiment-relative: "raw/lyso/a.cbf". */
  path: string;
  /** What the store key has before the path, without a slash at its end. */
  keyPrefix: string;
  experimentId: string | null;
}

const MAX_ROUNDS = 100;
/** So many numbers are tried one after the other, then in steps that double: the thousandth file of a name costs few questions. */
const SINGLE_STEPS = 16;
const stepOf = (round: number) => 2 ** Math.max(0, round - SINGLE_STEPS);

const STREAM_FILE = /^(.+)_(?:master|data_\d+)\.h5$/s;
const streamBase = (path: string): string | null => STREAM_FILE.exec(path)?.[1] ?? null;

/** "raw/a/b/c.cbf" → ["raw/a", "raw/a/b"]: the folders in which it lies, below the first. */
function foldersOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(2).map((_, index) => segments.slice(0, index + 2).join('/'));
}

/** Remembers what was asked of the database, and what was given away meanwhile. */
class Occupied {
  private readonly q: Queryable;
  /** By key: whether a file has it. */
  private readonly keys = new Map<string, boolean>();
  /** Keys no file has, and none may have. */
  private readonly barred: Set<string>;

  constructor(q: Queryable, barred: Iterable<string>) {
    this.q = q;
    this.barred = new Set(barred);
  }

  give({ keyPrefix, path }: WantedPath): void {
    this.keys.set(`${keyPrefix}/${path}`, true);
  }

  isFile(keyPrefix: string, path: string): boolean {
    return this.keys.get(`${keyPrefix}/${path}`) ?? false;
  }

  isTaken(keyPrefix: string, path: string): boolean {
    return this.isFile(keyPrefix, path) || this.barred.has(`${keyPrefix}/${path}`);
  }

  async ask(wanted: readonly WantedPath[]): Promise<void> {
    const keys = new Set<string>();
    const byExperiment = new Map<string, WantedPath[]>();
    for (const one of wanted) {
      for (const path of [one.path, ...foldersOf(one.path)]) {
        const key = `${one.keyPrefix}/${path}`;
        if (!this.keys.has(key)) keys.add(key);
      }
      if (one.experimentId !== null) {
        byExperiment.set(one.experimentId, [...(byExperiment.get(one.experimentId) ?? []), one]);
      }
    }
    const taken = await takenKeys(this.q, [...keys]);
    for (const key of keys) this.keys.set(key, taken.has(key));
    for (const [experimentId, of] of byExperiment) await this.askExperiment(experimentId, of);
  }

  private async askExperiment(experimentId: string, wanted: readonly WantedPath[]): Promise<void> {
    const inUse = await pathsInUse(
      this.q,
      experimentId,
      wanted.map(({ path }) => path),
    );
    const bases = wanted.map(({ path }) => streamBase(path)).filter((base) => base !== null);
    const ofStreams = await basesOfStreams(this.q, experimentId, bases);
    for (const one of wanted) {
      const base = streamBase(one.path);
      if (inUse.has(one.path) || (base !== null && ofStreams.has(base))) {
        this.barred.add(`${one.keyPrefix}/${one.path}`);
      }
    }
  }
}

/**
 * Gives each file a path that nothing has: no file, no upload, no folder, no series whose files will have such a name. A taken name gets a
 * suffix before its extension, a folder whose name a file has gets one at its end. Only the unique index on keys says for sure.
 * @param barred keys that must not be given although no row has them
 */
export async function freePaths(
  q: Queryable,
  wanted: readonly WantedPath[],
  barred: Iterable<string> = [],
): Promise<string[]> {
  const paths = wanted.map(({ path }) => path);
  const numbers = wanted.map(() => 1);
  /** The highest number that was tried for a path, so that files of one name in one batch try different ones. */
  const tried = new Map<string, number>();
  const occupied = new Occupied(q, barred);
  let waiting = wanted.map((_, index) => index);
  const candidate = (index: number): WantedPath => ({
    ...wanted[index]!,
    path: suffixedPath(paths[index]!, numbers[index]!, { beforeExtension: true }),
  });
  for (let round = 0; waiting.length > 0; round++) {
    if (round === MAX_ROUNDS) {
      throw new AppError('CONFLICT', `No free name like ${paths[waiting[0]!]} was found.`);
    }
    await occupied.ask(waiting.map(candidate));
    const still: number[] = [];
    for (const index of waiting) {
      const { keyPrefix, path } = candidate(index);
      const file = foldersOf(path).find((folder) => occupied.isFile(keyPrefix, folder));
      if (file !== undefined) {
        paths[index] = `${suffixedPath(file, 2)}${paths[index]!.slice(file.length)}`;
        still.push(index);
      } else if (occupied.isTaken(keyPrefix, path)) {
        const name = `${keyPrefix}/${paths[index]}`;
        numbers[index] = (tried.get(name) ?? 1) + stepOf(round);
        tried.set(name, numbers[index]!);
        still.push(index);
      } else {
        paths[index] = path;
        occupied.give({ ...wanted[index]!, path });
      }
    }
    waiting = still;
  }
  return paths;
}
