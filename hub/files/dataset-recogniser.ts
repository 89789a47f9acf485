import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { ServerClient } from '../agent/server-client.ts';
import { CbfRecogniser } from './cbf-recogniser.ts';
import { DatasetCalls } from './dataset-calls.ts';
import type { SourceFile } from './file-rows.ts';
import type { DatasetPlace, FileDatasets, HashedFile } from './file-sender.ts';
import type { FlowContext } from './flow-context.ts';
import { Hdf5Reading } from './hdf5-reading.ts';
import { Hdf5Thread } from './hdf5-thread.ts';
import { MasterRecogniser } from './master-recogniser.ts';
import { type PathBytes, shownPath } from './path-bytes.ts';

const TICK_MS = 500;

/** Recognises the datasets of one folder. Files never wait for it longer than for the server's word whose they are. */
export class DatasetRecogniser implements FileDatasets {
  private readonly context: FlowContext;
  private readonly stopping = new AbortController();
  private readonly thread = new Hdf5Thread();
  private readonly series: CbfRecogniser;
  private readonly masters: MasterRecogniser;
  private readonly looks = new Set<Promise<void>>();
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;

  constructor(context: FlowContext, client: ServerClient) {
    this.context = context;
    const calls = new DatasetCalls(client, context.deps.reports);
    this.series = new CbfRecogniser(context, calls, this.stopping.signal);
    context.acquiredOfDataset = (file) => this.series.acquiredOf(file);
    const hdf5 = new Hdf5Reading(context, this.thread, this.stopping.signal);
    this.masters = new MasterRecogniser(context, calls, hdf5, this.stopping.signal);
  }

  /** Again and again is as once. */
  start(): void {
    if (this.timer !== null || this.stopping.signal.aborted) return;
    const tick = () => {
      this.running = this.tick().finally(() => {
        if (!this.stopping.signal.aborted) this.timer = setTimeout(tick, TICK_MS);
      });
    };
    this.timer = setTimeout(tick, TICK_MS);
    this.follow(this.masters.lookAgain(), 'HDF5 files of before');
  }

  private follow(task: Promise<void>, what: string): void {
    const look = task
      .catch((error: unknown) => this.context.failed(`Looking into ${what}`, error))
      .finally(() => this.looks.delete(look));
    this.looks.add(look);
  }

  /** Never rejects: neither part does. */
  private async tick(): Promise<void> {
    if (this.context.isStopped) return;
    await this.series.endQuiet();
    await this.masters.goOn();
  }

  async stop(reason: Error): Promise<void> {
    this.stopping.abort(reason);
    if (this.timer) clearTimeout(this.timer);
    // What the thread is asked ends with it.
    await this.thread.close();
    await Promise.all([this.running, ...this.looks]);
  }

  placeOf(file: HashedFile, signal: AbortSignal): Promise<DatasetPlace | null> {
    this.masters.sending(file.path);
    return this.series.placeOf(file, signal);
  }

  beginAnew(file: SourceFile): boolean {
    const isOfSeries = this.series.beginAnew(file);
    if (!this.masters.beginAnew(file) && !isOfSeries) return false;
    this.context.book.measuredAgain(file);
    return true;
  }

  isGoingOn(file: SourceFile, acquired: Acquired): boolean {
    return this.masters.isGoingOn(file, acquired);
  }

  isRepeated(file: SourceFile): boolean {
    return this.series.isRepeated(file) || this.masters.isRepeated(file);
  }

  perhapsOf(file: SourceFile): string | null {
    return this.masters.perhapsOf(file);
  }

  stored(path: PathBytes): void {
    this.follow(this.masters.stored(path), shownPath(path));
  }
}
