import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';
import { FileFault } from './pull-faults.ts';

/** Where a file of the experiment lies here. */
export interface LocalPlace {
  /** Absolute. */
  file: string;
  /** What has arrived of it, in the same folder. */
  part: string;
}

const PART_END = '.beamdeck-part';
/** What file systems allow in a name, in bytes. */
const NAME_BYTES = 255;

/** Begins with a dot, so that programs which look for data pass it over. */
function partName(name: string): string {
  const plain = `.${name}${PART_END}`;
  if (Buffer.byteLength(plain) <= NAME_BYTES) return plain;
  return `.${createHash('sha256').update(name).digest('hex')}${PART_END}`;
}

function statOf(file: string): Stats | null {
  return lstatSync(file, { throwIfNoEntry: false }) ?? null;
}

/** Brings paths of the experiment to places in one folder, and never out of it. */
export class LocalPlaces {
  /** Without links. */
  private readonly root: string;

  /** @param dir exists */
  constructor(dir: string) {
    this.root = realpathSync(dir);
  }

  /**
   * The place of a file; folders on the way are made. Throws FileFault for a path that leads out of the folder, by its segments or by a link,
   * or that is taken by something else, and what the file system says.
   */
  placeOf(filePath: string): LocalPlace {
    const segments = filePath.split('/');
    if (segments.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'))) {
      throw new FileFault('refused: the path leads out of the folder or is not one');
    }
    const name = segments.pop()!;
    if (name.startsWith('.') && name.endsWith(PART_END)) {
      throw new FileFault('refused: the name is one that this program gives to files that are on their way');
    }
    let folder = this.root;
    for (const segment of segments) folder = this.enter(folder, segment);
    return { file: path.join(folder, name), part: path.join(folder, partName(name)) };
  }

  private enter(folder: string, segment: string): string {
    const next = path.join(folder, segment);
    const found = statOf(next);
    if (found === null) {
      mkdirSync(next, { recursive: true });
      return next;
    }
    if (found.isDirectory()) return next;
    if (!found.isSymbolicLink()) throw new FileFault(`refused: ${next} is here and is no folder`);
    const target = realpathSync(next);
    if (target !== this.root && !target.startsWith(this.root + path.sep)) {
      throw new FileFault(`refused: ${next} is a link that leads out of the folder, to ${target}`);
    }
    return target;
  }
}

/** Size and time of a plain file; null when there is nothing. Throws FileFault for anything else. */
export function lookAt(file: string): { sizeBytes: number; mtimeMs: number } | null {
  const found = statOf(file);
  if (found === null) return null;
  if (!found.isFile()) {
    throw new FileFault(
      `kept as it is here: ${found.isDirectory() ? 'a folder' : 'no plain file'} of that name`,
    );
  }
  return { sizeBytes: found.size, mtimeMs: found.mtimeMs };
}
