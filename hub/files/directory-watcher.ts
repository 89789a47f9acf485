import type { FileHint } from './flow-context.ts';
import { IN, Inotify, InotifyError, type InotifyEvent } from './inotify.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes } from './path-bytes.ts';

export type WatchFault = 'watch-overflow' | 'watch-limit' | 'watch-failed';

export interface WatchListener {
  /** Something about this path may have changed; "" is the folder itself. */
  touched(path: PathBytes, hint: FileHint): void;
  /** watch-overflow: events were lost, everything is to be looked through. The others: no more events come. */
  faulty(fault: WatchFault, sentence: string): void;
}

const ASKED =
  IN.CREATE |
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.ONLYDIR |
  IN.DONT_FOLLOW;

function hintOf({ mask }: InotifyEvent): FileHint {
  if ((mask & (IN.CLOSE_WRITE | IN.MOVED_TO)) !== 0) return 'complete';
  return (mask & (IN.CREATE | IN.MODIFY)) !== 0 ? 'open' : null;
}

/** Changes in a tree, by one watch per directory. Events are hints: they name a path to look at. */
export class DirectoryWatcher {
  private readonly root: PathBytes;
  private readonly listener: WatchListener;
  private readonly inotify: Inotify;
  private readonly pathOf = new Map<number, PathBytes>();
  private readonly watchOf = new Map<PathBytes, number>();

  private constructor(root: PathBytes, listener: WatchListener, inotify: Inotify) {
    this.root = root;
    this.listener = listener;
    this.inotify = inotify;
  }

  /** @param root absolute. Throws what `Inotify.open` throws. */
  static async open(root: PathBytes, listener: WatchListener): Promise<DirectoryWatcher> {
    let watcher: DirectoryWatcher | null = null;
    const inotify = await Inotify.open({
      onEvents: (events) => {
        for (const event of events) watcher?.heard(event);
      },
      onFault: (error) =>
        listener.faulty('watch-failed', `the thread that hears of changes ended: ${error.message}`),
    });
    watcher = new DirectoryWatcher(root, listener, inotify);
    return watcher;
  }

  /** How many directories are watched. */
  get size(): number {
    return this.pathOf.size;
  }

  /** @returns whether the directory is watched under this name now and was not before; a watch follows a directory that is renamed */
  add(path: PathBytes): boolean {
    let watch: number;
    try {
      watch = this.inotify.addWatch(bytesOf(joinPath(this.root, path)), ASKED);
    } catch (error) {
      if (!(error instanceof InotifyError)) throw error;
      this.refused(error);
      return false;
    }
    const before = this.pathOf.get(watch);
    if (before === path) return false;
    if (before !== undefined && this.watchOf.get(before) === watch) this.watchOf.delete(before);
    this.pathOf.set(watch, path);
    this.watchOf.set(path, watch);
    return true;
  }

  private refused({ code }: InotifyError): void {
    // Gone again, or not to be looked into: the scan that asked finds that too.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return;
    if (code === 'ENOSPC') {
      const sentence = `the system allows no more than ${this.size} watches (raise fs.inotify.max_user_watches)`;
      this.listener.faulty('watch-limit', sentence);
    } else this.listener.faulty('watch-failed', `a folder cannot be watched (${code})`);
  }

  /** Whether the path is, or was until now, a watched directory. */
  has(path: PathBytes): boolean {
    return this.watchOf.has(path);
  }

  /** Forgets the directory and all below: it is not in the tree any more. */
  remove(path: PathBytes): void {
    for (const [own, watch] of this.watchOf) {
      if (own !== path && !own.startsWith(`${path}/`)) continue;
      this.inotify.removeWatch(watch);
      this.forget(watch);
    }
  }

  private forget(watch: number): void {
    const path = this.pathOf.get(watch);
    this.pathOf.delete(watch);
    if (path !== undefined && this.watchOf.get(path) === watch) this.watchOf.delete(path);
  }

  async close(): Promise<void> {
    await this.inotify.close();
  }

  private heard(event: InotifyEvent): void {
    if ((event.mask & IN.Q_OVERFLOW) !== 0) {
      this.listener.faulty('watch-overflow', 'more changed at once than the system keeps for a reader');
      return;
    }
    const directory = this.pathOf.get(event.watch);
    if (directory === undefined) return;
    if ((event.mask & (IN.IGNORED | IN.UNMOUNT | IN.DELETE_SELF)) !== 0) {
      if ((event.mask & IN.IGNORED) !== 0) this.forget(event.watch);
      this.listener.touched(directory, null);
      return;
    }
    if (event.name === null) return;
    this.listener.touched(joinPath(directory, pathBytes(event.name)), hintOf(event));
  }
}
