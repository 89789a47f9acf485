import { closeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import type koffiType from 'koffi';
import { InotifyThread } from './inotify-thread.ts';

/*
 * Linux inotify itself (inotify(7)). Node's own `fs.watch` says neither that a writer closed its file, nor that the kernel's queue
 * overflowed and events are lost, nor that a file system was unmounted: the three things an uploader must know. Events are read by a
 * thread of their own (inotify-thread.ts), which sleeps in the kernel while there are none.
 */

/** Bits of an event's mask, and of what is asked for (sys/inotify.h). */
export const IN = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  /** The file system was unmounted; the watch is gone. */
  UNMOUNT: 0x2000,
  /** The kernel's queue was full: events were lost, nobody knows which. `watch` is -1. */
  Q_OVERFLOW: 0x4000,
  /** The watch is gone: removed, or its folder deleted or unmounted. */
  IGNORED: 0x8000,
  ONLYDIR: 0x1000000,
  DONT_FOLLOW: 0x2000000,
  /** What the event is about is a folder. */
  ISDIR: 0x40000000,
} as const;

export interface InotifyEvent {
  /** As `addWatch` gave it; -1 with `IN.Q_OVERFLOW`. */
  watch: number;
  mask: number;
  /** The same for the two halves of one rename; 0 otherwise. */
  cookie: number;
  /** Bytes of the name inside the watched folder, in whatever encoding its writer used; null when it is about the folder itself. */
  name: Buffer | null;
}

const HEAD_BYTES = 16;

/**
 * struct inotify_event, one after the other: i32 wd, u32 mask, u32 cookie, u32 len, then `len` bytes of name with zeros behind it; in
 * the byte order of the machine, which is little-endian wherever this runs. What is cut off at the end is left out.
 */
export function parseEvents(bytes: Uint8Array): InotifyEvent[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: InotifyEvent[] = [];
  for (let at = 0; at + HEAD_BYTES <= view.length; ) {
    const length = view.readUInt32LE(at + 12);
    const end = at + HEAD_BYTES + length;
    if (end > view.length) break;
    const padded = view.subarray(at + HEAD_BYTES, end);
    const zero = padded.indexOf(0);
    const name = zero < 0 ? padded : padded.subarray(0, zero);
    events.push({
      watch: view.readInt32LE(at),
      mask: view.readUInt32LE(at + 4),
      cookie: view.readUInt32LE(at + 8),
      name: name.length === 0 ? null : Buffer.from(name),
    });
    at = end;
  }
  return events;
}

/** What the kernel answered: `code` is ENOSPC at the limit of watches, EMFILE at the limit of instances, ENOENT, EACCES, ENOTDIR … */
export class InotifyError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code =
      Object.entries(osConstants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
    super(`${call}: ${code}`);
    this.name = 'InotifyError';
    this.code = code;
  }
}

interface Kernel {
  init(flags: number): number;
  addWatch(fd: number, path: Uint8Array, mask: number): number;
  removeWatch(fd: number, watch: number): number;
  errno(): number;
}

const CLOEXEC = 0o2000000;

async function kernel(): Promise<Kernel> {
  const { default: koffi } = (await import('koffi')) as { default: typeof koffiType };
  const libc = koffi.load('libc.so.6');
  return {
    init: libc.func('int inotify_init1(int flags)'),
    addWatch: libc.func('int inotify_add_watch(int fd, const uint8_t *path, uint32_t mask)'),
    removeWatch: libc.func('int inotify_rm_watch(int fd, int wd)'),
    errno: () => koffi.errno(),
  };
}

export interface InotifyListener {
  onEvents(events: InotifyEvent[]): void;
  /** Reading ended though nobody closed it: nothing is told any more. */
  onFault(error: Error): void;
}

/** One inotify instance of this process. */
export class Inotify {
  private readonly kernel: Kernel;
  private readonly fd: number;
  private readonly stopReading: () => Promise<void>;

  private constructor(own: Kernel, fd: number, listener: InotifyListener) {
    this.kernel = own;
    this.fd = fd;
    this.stopReading = InotifyThread.read(fd, {
      onBytes: (bytes) => listener.onEvents(parseEvents(bytes)),
      onFault: (error) => listener.onFault(error),
    });
  }

  /**
   * Opens an instance. Throws InotifyError (EMFILE: fs.inotify.max_user_instances is reached), and whatever the library says on a
   * system that has no inotify.
   */
  static async open(listener: InotifyListener): Promise<Inotify> {
    const own = await kernel();
    const fd = own.init(CLOEXEC);
    if (fd < 0) throw new InotifyError('inotify_init1', own.errno());
    return new Inotify(own, fd, listener);
  }

  /**
   * Watches a folder (not what lies in its folders); the same folder again gets the same number. Throws InotifyError.
   * @param path bytes as the file system has them
   */
  addWatch(path: Uint8Array, mask: number): number {
    const watch = this.kernel.addWatch(this.fd, Buffer.concat([path, Buffer.alloc(1)]), mask);
    if (watch < 0) throw new InotifyError('inotify_add_watch', this.kernel.errno());
    return watch;
  }

  /** Its last event is `IN.IGNORED`. A watch that is gone already is no fault. */
  removeWatch(watch: number): void {
    this.kernel.removeWatch(this.fd, watch);
  }

  async close(): Promise<void> {
    await this.stopReading();
    closeSync(this.fd);
  }
}
