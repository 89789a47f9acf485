import { Worker } from 'node:worker_threads';
import { FrameChoice } from './frame-choice.ts';
import type { FrameShow, PreviewSeries } from './preview-series.ts';
import type { PreviewAnswer, PreviewOrder } from './preview-worker.ts';

export interface Preview {
  seriesKey: string;
  frame: number;
  /** At most MAX_PREVIEW_BYTES. */
  png: Uint8Array<ArrayBuffer>;
  /** Stays with the dataset; otherwise it is of interest until the next one comes. */
  kept: boolean;
}

interface Waiting {
  order: PreviewOrder;
  frame: number;
  kept: boolean;
}

/** Copies of frames that wait for the thread. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_WAITING = 8;
/** Series whose choice is remembered: those of several detectors, and the ones before. */
const MAX_SERIES = 8;

/**
 * Makes small pictures of frames in a thread of its own while they are received. It copies the frames it takes, no others; when
 * the thread has fallen behind, it takes fewer. A preview that cannot be made is told and given up: nothing else
 * depends on it.
 */
export class PreviewMaker implements FrameShow {
  private readonly deps: {
    onPreview: (preview: Preview) => void;
    /** A frame could not be shown; one sentence. */
    onFailure: (seriesKey: string, message: string) => void;
    now: () => number;
  };
  private worker: Worker | null = null;
  private closed = false;
  private readonly choices = new Map<string, FrameChoice>();
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private nextId = 1;
  private idle: (() => void)[] = [];

  constructor(deps: PreviewMaker['deps']) {
    this.deps = deps;
  }

  offer(series: PreviewSeries, frame: number, bytes: Uint8Array): void {
    if (this.closed) return;
    const choice = this.choiceOf(series);
    const nowMs = this.deps.now();
    const why = choice.wants(frame, nowMs);
    // The newest is of no use later: it is taken only when it can be made at once.
    const hasRoom =
      why === 'newest'
        ? this.waiting.length === 0
        : this.waiting.length === 0 ||
          (this.waiting.length < MAX_WAITING && this.waitingBytes + bytes.length <= MAX_WAITING_BYTES);
    if (why === null || !hasRoom) return;
    choice.took(frame, why === 'kept', nowMs);
    const { seriesKey, channel, dir } = series;
    const order = { id: this.nextId++, seriesKey, channel, dir, bytes: new Uint8Array(bytes) };
    this.waiting.push({ order, frame, kept: why === 'kept' });
    this.waitingBytes += bytes.length;
    if (this.waiting.length === 1) this.sendFirst();
  }

  private choiceOf({ seriesKey, framesExpected }: PreviewSeries): FrameChoice {
    const known = this.choices.get(seriesKey);
    if (known) return known;
    const choice = new FrameChoice(framesExpected);
    this.choices.set(seriesKey, choice);
    if (this.choices.size > MAX_SERIES) this.choices.delete(this.choices.keys().next().value as string);
    return choice;
  }

  private sendFirst(): void {
    const first = this.waiting[0];
    if (first === undefined) {
      this.worker?.unref();
      for (const resolve of this.idle.splice(0)) resolve();
      return;
    }
    const worker = this.ensureWorker();
    // Only a thread that has work keeps the process alive.
    worker.ref();
    worker.postMessage(first.order, [first.order.bytes.buffer as ArrayBuffer]);
  }

  private ensureWorker(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL('./preview-worker.ts', import.meta.url));
    worker.on('message', (answer: PreviewAnswer) => this.settle(answer));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', () => this.lose(worker, new Error('its thread ended')));
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private settle(answer: PreviewAnswer): void {
    const done = this.takeFirst();
    if (done === undefined) return;
    const { seriesKey } = done.order;
    if ('png' in answer) {
      this.deps.onPreview({ seriesKey, frame: done.frame, png: answer.png, kept: done.kept });
    } else this.deps.onFailure(seriesKey, `Image ${done.frame} has no preview: ${answer.error}.`);
    this.sendFirst();
  }

  /** The thread broke: the frame it worked on is given up, the others go to a new one. */
  private lose(worker: Worker, error: unknown): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const done = this.takeFirst();
    if (done === undefined) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.deps.onFailure(done.order.seriesKey, `Image ${done.frame} has no preview: ${reason}.`);
    this.sendFirst();
  }

  private takeFirst(): Waiting | undefined {
    const first = this.waiting.shift();
    // Its bytes went to the thread; what waits is what is left.
    this.waitingBytes = this.waiting.reduce((sum, { order }) => sum + order.bytes.length, 0);
    return first;
  }

  /** Resolves when everything taken so far is made. */
  settled(): Promise<void> {
    return this.waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  /** Ends the thread after the picture it works on, which is still told; what waits is given up. */
  async close(): Promise<void> {
    const { worker } = this;
    this.closed = true;
    if (worker === null) return;
    this.worker = null;
    this.waiting.splice(1);
    // It ends by itself: a thread that is cut off while zlib opens a stream takes the whole process with it
    // (Node 24.21, assertion "close before init" in node_zlib.cc).
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    worker.postMessage(null);
    await ended;
    this.waiting.length = 0;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}
