import { existsSync, constants as O } from 'node:fs';
import { type FileHandle, link, mkdir, open, readlink, realpath, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '#src/shared/errors/app-error.ts';

/**
 * Opening things inside the store's folder without ever leaving it. Jobs write into the same tree, so a link may appear
 * between a check and a use. Therefore nothing is checked by name first: a file or folder is opened without following
 * a link at its end, then the kernel is asked where the opened thing lies (`/proc/self/fd`), and later steps go through that
 * handle, as `openat` would. Without /proc (not Linux) the real path is asked by name, which leaves that small window.
 */
const HAS_PROC = existsSync('/proc/self/fd');

export const handlePath = (handle: FileHandle, path: string): string =>
  HAS_PROC ? `/proc/self/fd/${handle.fd}` : path;
const whereIs = (handle: FileHandle, path: string): Promise<string> =>
  HAS_PROC ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(path);

export const errnoOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** What a failed file operation means for the caller; anything already an AppError stays. */
export function storeError(thrown: unknown, what: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const cause = thrown;
  switch (errnoOf(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('STORE_FULL', { cause });
    case 'ENOENT':
    case 'ENOTDIR':
      return new AppError('NOT_FOUND', { message: `${what} is not in the store.`, cause });
    case 'ELOOP':
      return new AppError('NOT_FOUND', {
        message: `${what} is a link; links in the store are not followed.`,
        cause,
      });
    case 'ENAMETOOLONG':
    case 'EISDIR':
      return new AppError('BAD_INPUT', { message: `${what} has a name the store cannot keep.`, cause });
    default:
      return new AppError('UNAVAILABLE', { message: `The store failed at ${what}.`, cause, retryAfterS: 5 });
  }
}

export class FsTree {
  /** As configured, absolute. */
  readonly folder: string;
  #real: Promise<string> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The real path of the root, made when it is not there. A failure is asked again the next time. */
  root(): Promise<string> {
    this.#real ??= mkdir(this.folder, { recursive: true })
      .then(() => realpath(this.folder))
      .catch((cause) => {
        this.#real = undefined;
        throw new AppError('UNAVAILABLE', { message: 'The folder of the store cannot be used.', cause });
      });
    return this.#real;
  }

  /** Opens a regular file for reading. Throws NOT_FOUND for anything else: a link, a folder, a pipe, a place outside. */
  async openFile(key: string): Promise<FileHandle> {
    const path = join(await this.root(), key);
    // O_NONBLOCK: opening a pipe that a job left in the tree must not wait for a writer.
    const handle = await open(path, O.O_RDONLY | O.O_NOFOLLOW | O.O_NONBLOCK).catch((error) => {
      throw storeError(error, key);
    });
    try {
      if ((await whereIs(handle, path)) !== path || !(await handle.stat()).isFile()) {
        throw new AppError('NOT_FOUND', `${key} is not a file of the store.`);
      }
      return handle;
    } catch (error) {
      await handle.close();
      throw storeError(error, key);
    }
  }

  /** Opens the folder `relative` of the root, or null when it is not there. Throws NOT_FOUND when a link leads elsewhere. */
  async #openFolder(relative: string): Promise<{ handle: FileHandle; path: string } | null> {
    const root = await this.root();
    const path = relative === '' || relative === '.' ? root : join(root, relative);
    let handle: FileHandle;
    try {
      handle = await open(path, O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw storeError(error, relative);
    }
    try {
      if ((await whereIs(handle, path)) === path) return { handle, path };
      throw new AppError('NOT_FOUND', `${relative} leads out of the store.`);
    } catch (error) {
      await handle.close();
      throw storeError(error, relative);
    }
  }

  /** Makes the folder `relative` of the root and those above it, where they are not there. */
  async makeFolder(relative: string): Promise<void> {
    const { handle } = await this.#makeFolder(relative);
    await handle.close();
  }

  /** Makes a folder and those above it, each durable in its parent, following no link. */
  async #makeFolder(relative: string): Promise<{ handle: FileHandle; path: string }> {
    const existing = await this.#openFolder(relative);
    if (existing) return existing;
    const parent = await this.#makeFolder(dirname(relative));
    try {
      const name = relative.slice(relative.lastIndexOf('/') + 1);
      await mkdir(join(handlePath(parent.handle, parent.path), name)).catch((error) => {
        if (errnoOf(error) !== 'EEXIST') throw storeError(error, relative);
      });
      await parent.handle.sync();
    } finally {
      await parent.handle.close();
    }
    const made = await this.#openFolder(relative);
    if (!made) throw new AppError('CONFLICT', `${relative} was removed while it was made.`);
    return made;
  }

  /** Calls `use` with a path that means the folder of `key`, whatever is renamed meanwhile, and the name in it. */
  async #inFolderOf<T>(
    key: string,
    create: boolean,
    use: (folder: string, name: string, handle: FileHandle) => Promise<T>,
  ): Promise<T> {
    const parent = dirname(key);
    const opened = create ? await this.#makeFolder(parent) : await this.#openFolder(parent);
    if (!opened) throw new AppError('NOT_FOUND', `${key} is not in the store.`);
    try {
      return await use(handlePath(opened.handle, opened.path), key.slice(parent.length + 1), opened.handle);
    } catch (error) {
      throw storeError(error, key);
    } finally {
      await opened.handle.close();
    }
  }

  /**
   * Gives a finished, synced file (absolute path on the same file system) its name in the tree, durably. Without `replace` a taken name
   * throws CONFLICT: `link` fails on it in the kernel, where `rename` would overwrite silently.
   */
  place(sourcePath: string, key: string, options: { replace: boolean }): Promise<void> {
    return this.#inFolderOf(key, true, async (folder, name, handle) => {
      const target = join(folder, name);
      if (options.replace) {
        await rename(sourcePath, target);
      } else {
        try {
          await link(sourcePath, target);
        } catch (error) {
          if (errnoOf(error) !== 'EEXIST') throw error;
          // Whoever then finds the wanted bytes under the name may call them stored.
          await handle.sync();
          throw new AppError('CONFLICT', { message: `${key} exists already.`, cause: error });
        }
      }
      await handle.sync();
    });
  }

  async move(fromKey: string, toKey: string): Promise<void> {
    // The source is opened first, so that only a regular file of the store can be moved.
    const source = await this.openFile(fromKey);
    await source.close();
    await this.#inFolderOf(fromKey, false, async (folder, name, handle) => {
      await this.place(join(folder, name), toKey, { replace: false });
      await unlink(join(folder, name));
      await handle.sync();
    });
  }

  /** A second name for a file: a hard link. False when the name is taken. */
  async link(fromKey: string, toKey: string): Promise<boolean> {
    const source = await this.openFile(fromKey);
    await source.close();
    return this.#inFolderOf(fromKey, false, async (folder, name) => {
      try {
        await this.place(join(folder, name), toKey, { replace: false });
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'CONFLICT') return false;
        throw error;
      }
    });
  }

  /** Removes a name; nothing happens when it is not there. */
  async remove(key: string): Promise<void> {
    try {
      await this.#inFolderOf(key, false, async (folder, name, handle) => {
        await unlink(join(folder, name));
        await handle.sync();
      });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
    }
  }
}
