import type { MasterChannel } from '#src/shared/hdf5/master-channels.ts';
import type { FlowContext } from './flow-context.ts';
import type { DataFacts, MasterFacts } from './hdf5-inspect.ts';
import type { Hdf5Thread } from './hdf5-thread.ts';
import { joinPath, type PathBytes, pathBytesOfText, shownPath, textOf } from './path-bytes.ts';

/** Of what the library says of a broken file, which may be pages. */
const MAX_REASON = 200;

/** Looks into stored HDF5 files of one folder. What cannot be read is told, once for each file; it stays stored as it is. */
export class Hdf5Reading {
  private readonly context: FlowContext;
  private readonly thread: Hdf5Thread;
  private readonly signal: AbortSignal;
  private readonly told = new Set<PathBytes>();

  constructor(context: FlowContext, thread: Hdf5Thread, signal: AbortSignal) {
    this.context = context;
    this.thread = thread;
    this.signal = signal;
  }

  /** Null: it is no master, or it cannot be read. */
  master(path: PathBytes): Promise<MasterFacts | null> {
    return this.read(path, (openPath) => this.thread.master(openPath));
  }

  /**
   * Null: there are no frames in a form that is known, or it cannot be read.
   * @param object path of the frames in the file
   * @param channels where they lie if there are several
   */
  data(path: PathBytes, object: string, channels: readonly MasterChannel[] = []): Promise<DataFacts | null> {
    return this.read(path, (openPath) => this.thread.data(openPath, object, channels));
  }

  private async read<Facts>(
    path: PathBytes,
    look: (openPath: string) => Promise<Facts>,
  ): Promise<Facts | null> {
    const openPath = this.openPathOf(path);
    if (openPath === null) return null;
    try {
      const facts = await look(openPath);
      this.told.delete(path);
      return facts;
    } catch (error) {
      if (!this.signal.aborted) this.tell(path, error);
      return null;
    }
  }

  /** The library takes a text; null when the name is none. */
  private openPathOf(path: PathBytes): string | null {
    const where = joinPath(this.context.deps.place.root, path);
    const text = textOf(where);
    return pathBytesOfText(text) === where ? text : null;
  }

  private tell(path: PathBytes, error: unknown): void {
    if (this.told.has(path)) return;
    this.told.add(path);
    const reason = error instanceof Error ? error.message : String(error);
    this.context.deps.reports.add({
      level: 'warn',
      code: 'content-unread',
      message: `${shownPath(path)} is stored as it is, and nothing in it is recognised: ${reason.split('\n', 1)[0]!.slice(0, MAX_REASON)}.`,
    });
  }
}
