import { lstat, realpath } from 'node:fs/promises';
import { mountsBelow } from './mount-table.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes } from './path-bytes.ts';
import { silentFileSystem } from './watchability.ts';

/** Where a path leads now, links followed, and which folder that is. */
export interface Whereabouts {
  root: PathBytes;
  dev: bigint;
  ino: bigint;
}

const isAtOrBelow = (path: PathBytes, folder: PathBytes) =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

/**
 * Where a watched folder is. Its configured path may be a link (`raw` to the disk of the day), and file systems of other machines may be
 * mounted anywhere below it: what holds for a path is asked of that path, not of the folder.
 */
export class FolderPlace {
  /** Absolute; may be a link. */
  readonly configured: PathBytes;
  private found: PathBytes;
  /** File systems that do not tell of changes, by the path in the folder where they begin. */
  private silent = new Map<PathBytes, string>();
  private mounts: ReadonlyMap<string, PathBytes> = new Map();

  constructor(configured: PathBytes) {
    this.configured = configured;
    this.found = configured;
  }

  /** Absolute, no link: where the folder was when it was entered last. */
  get root(): PathBytes {
    return this.found;
  }

  /** Rejects with what the system says; ENOTDIR when it is no folder. */
  async find(): Promise<Whereabouts> {
    const root = pathBytes(await realpath(bytesOf(this.configured), { encoding: 'buffer' }));
    const stats = await lstat(bytesOf(root), { bigint: true });
    if (!stats.isDirectory())
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR', syscall: 'lstat' });
    return { root, dev: stats.dev, ino: stats.ino };
  }

  /** From now on paths are paths below this root. Rejects with what the system says. */
  async enter({ root }: Whereabouts): Promise<void> {
    const own = await silentFileSystem(root);
    const mounts = await mountsBelow(root);
    const silent = new Map<PathBytes, string>();
    if (own !== null) silent.set('', own);
    for (const path of mounts.values()) await this.noteSilent(silent, root, path);
    this.found = root;
    this.silent = silent;
    this.mounts = mounts;
  }

  /** Looks what was mounted below or is no more. Returns where something is mounted that was not before. */
  async lookForMounts(): Promise<PathBytes[]> {
    const { root } = this;
    const mounts = await mountsBelow(root);
    const before = this.mounts;
    if (root !== this.root) return [];
    this.mounts = mounts;
    const gone = [...before].filter(([key]) => !mounts.has(key)).map(([, path]) => path);
    for (const path of gone) this.silent.delete(path);
    const added = [...mounts].filter(([key]) => !before.has(key)).map(([, path]) => path);
    // One may have been under another. What is known is not asked again: a server that is away would hold up the answer.
    const unknown = new Set([...added, ...gone.filter((path) => [...mounts.values()].includes(path))]);
    for (const path of unknown) await this.noteSilent(this.silent, root, path);
    return added;
  }

  /** A directory on another disk than its parent, come upon by a look: an automatic mount is none before somebody goes there. */
  async comeUpon(path: PathBytes): Promise<void> {
    await this.noteSilent(this.silent, this.root, path);
  }

  private async noteSilent(silent: Map<PathBytes, string>, root: PathBytes, path: PathBytes): Promise<void> {
    // What cannot be asked cannot be looked into either, and that is told then.
    const name = await silentFileSystem(joinPath(root, path)).catch(() => null);
    if (name !== null) silent.set(path, name);
  }

  /** Name of the file system of the folder itself when it does not tell of changes; else null. */
  get ownSilent(): string | null {
    return this.silent.get('') ?? null;
  }

  /** Path and name of each file system below that does not tell of changes, those below one another left out. */
  silentBelow(): [path: PathBytes, name: string][] {
    const below = [...this.silent].filter(([path]) => path !== '');
    return below.filter(([path]) => !below.some(([other]) => other !== path && isAtOrBelow(path, other)));
  }

  /** Whether the path lies on a disk of this machine: changes there are told, and its times are those of this machine's clock. */
  isLocal(path: PathBytes): boolean {
    for (const folder of this.silent.keys()) if (isAtOrBelow(path, folder)) return false;
    return true;
  }
}
