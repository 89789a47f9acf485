import type { Channel } from '#src/shared/contracts/geometry.ts';
import { type Dtype, type DtypeArray, dtypeArrayFromBytes } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';
import type { FrameLocation } from './frame-locator.ts';
import type { FrameFailed, FrameRequest, FromWorker, StackRequest, ToWorker } from './frame-messages.ts';
import type { StackKind } from './frame-stack.ts';
import { linkSpeed } from './link-speed.ts';

export interface LoadedFrame {
  pixels: DtypeArray;
  dtype: Dtype;
  /** [rows, columns] */
  shape: readonly [number, number];
  /** The largest value of each block of `factor` × `factor` pixels, those of the mask left out: for a view that shows no single pixels. */
  overview: { pixels: DtypeArray; shape: readonly [number, number]; factor: number } | null;
  statistics: FrameStatistics | null;
  fetchedBytes: number;
  fetchMs: number;
  decodeMs: number;
}

export class FrameLoadError extends Error {
  readonly reason: FrameFailed['reason'];
  constructor(failed: FrameFailed) {
    super(failed.message);
    this.name = 'FrameLoadError';
    this.reason = failed.reason;
  }
}

interface Running {
  id: number;
  worker: Worker;
  promise: Promise<LoadedFrame>;
  resolve(frame: LoadedFrame): void;
  reject(problem: Error): void;
}

type Layout = Pick<Channel, 'dtype' | 'filter' | 'shape'>;
type Asked = Omit<FrameRequest, 'id'> | Omit<StackRequest, 'id'>;

/** Workers of one viewer: fetching ahead must not wait behind the frame that is looked at, and machines have few cores. */
const MOST_WORKERS = 3;

interface LoadOptions {
  saturation: number | null;
  /** See FrameRequest; none when left out. */
  overviewFactor?: number;
}

/**
 * The page's side of the decoding workers. What is on its way is joined rather than asked for again; what was overtaken is
 * cancelled (`keepOnly`); decoded frames are kept up to a byte budget (least recently used go first). Call `close` when the viewer goes.
 */
export class FrameLoader {
  private readonly workers: Worker[] = [];
  /** All of them share a frame that somebody waits for; what is fetched ahead leaves a core to the page. */
  private readonly mostWorkers: number;
  private readonly mostAhead: number;
  private readonly running = new Map<string, Running>();
  private readonly kept = new Map<string, LoadedFrame>();
  private keptBytes = 0;
  private nextId = 1;
  private mask: Uint8Array<ArrayBuffer> | null = null;
  private isMaskComing = false;
  readonly budgetBytes: number;

  constructor(budgetBytes = 256 * 1024 * 1024, workers = MOST_WORKERS) {
    this.budgetBytes = budgetBytes;
    const cores = navigator.hardwareConcurrency || 2;
    this.mostWorkers = Math.max(1, Math.min(workers, cores));
    this.mostAhead = Math.max(1, Math.min(workers, cores - 1));
  }

  private newWorker(): Worker {
    const worker = new Worker(new URL('./frame-worker.ts', import.meta.url), {
      type: 'module',
      name: 'frame decoder',
    });
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.settle(event.data);
    worker.onerror = (event) => {
      for (const [key, waiting] of this.running) {
        if (waiting.worker !== worker) continue;
        this.running.delete(key);
        const message = event.message || 'The decoder stopped.';
        waiting.reject(new FrameLoadError({ kind: 'failed', id: waiting.id, reason: 'broken', message }));
      }
    };
    if (this.mask) worker.postMessage({ kind: 'mask', mask: this.mask } satisfies ToWorker);
    if (this.isMaskComing) worker.postMessage({ kind: 'mask-coming' } satisfies ToWorker);
    for (const other of this.workers) {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ kind: 'peer', port: port1 } satisfies ToWorker, [port1]);
      other.postMessage({ kind: 'peer', port: port2 } satisfies ToWorker, [port2]);
    }
    this.workers.push(worker);
    return worker;
  }

  /** The one with least to do. Stacks go to the first alone, which keeps what the next stack needs. */
  private workerFor(asked: Asked): Worker {
    const first = this.workers[0] ?? this.newWorker();
    if (asked.kind === 'stack') return first;
    if (asked.isUrgent) while (this.workers.length < this.mostWorkers) this.newWorker();
    const load = (worker: Worker) => [...this.running.values()].filter((one) => one.worker === worker).length;
    const allowed = asked.isUrgent ? this.workers : this.workers.slice(0, this.mostAhead);
    const idle = allowed.toSorted((a, b) => load(a) - load(b))[0] ?? first;
    return load(idle) > 0 && this.workers.length < this.mostAhead ? this.newWorker() : idle;
  }

  private settle(message: FromWorker): void {
    if (message.kind === 'given-up') {
      linkSpeed.noteGivenUp(message.bytes, message.afterMs);
      return;
    }
    if (message.kind === 'loaded') linkSpeed.note(message.fetchedBytes, message.fetchMs);
    const found = [...this.running].find(([, { id }]) => id === message.id);
    if (!found) return;
    const [key, waiting] = found;
    this.running.delete(key);
    if (message.kind === 'failed') waiting.reject(new FrameLoadError(message));
    else
      waiting.resolve({
        pixels: dtypeArrayFromBytes(message.dtype, new Uint8Array(message.buffer)),
        dtype: message.dtype,
        shape: message.shape,
        overview: message.overview && {
          pixels: dtypeArrayFromBytes(message.dtype, new Uint8Array(message.overview.buffer)),
          shape: message.overview.shape,
          factor: message.overview.factor,
        },
        statistics: message.statistics,
        fetchedBytes: message.fetchedBytes,
        fetchMs: message.fetchMs,
        decodeMs: message.decodeMs,
      });
  }

  private forgetAll(): void {
    this.keepOnly(new Set());
    this.kept.clear();
    this.keptBytes = 0;
  }

  /** From now on frames wait until `setMask` says which mask, or that there is none after all. Those made without it are forgotten. */
  expectMask(): void {
    this.isMaskComing = true;
    this.forgetAll();
    for (const worker of this.workers) worker.postMessage({ kind: 'mask-coming' } satisfies ToWorker);
  }

  /** Pixels excluded from contrast and overview. Frames that did not wait for it are forgotten. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    const wasExpected = this.isMaskComing;
    this.isMaskComing = false;
    const isOther = mask !== this.mask;
    this.mask = mask;
    for (const worker of this.workers) worker.postMessage({ kind: 'mask', mask } satisfies ToWorker);
    if (!wasExpected && isOther) this.forgetAll();
  }

  peek(key: string): LoadedFrame | undefined {
    return this.kept.get(key);
  }

  isUnderWay(key: string): boolean {
    return this.running.has(key);
  }

  /** Cancels all that is on its way except these keys: it was overtaken. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, { id, worker, reject }] of this.running) {
      if (keys.has(key)) continue;
      this.running.delete(key);
      worker.postMessage({ kind: 'cancel', id } satisfies ToWorker);
      reject(new FrameLoadError({ kind: 'failed', id, reason: 'cancelled', message: 'Overtaken.' }));
    }
  }

  private ask(key: string, asked: Asked): Promise<LoadedFrame> {
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return Promise.resolve(known);
    }
    const joined = this.running.get(key);
    if (joined) return joined.promise;
    const id = this.nextId++;
    const worker = this.workerFor(asked);
    const { promise, resolve, reject } = Promise.withResolvers<LoadedFrame>();
    this.running.set(key, { id, worker, promise, resolve, reject });
    worker.postMessage({ ...asked, id } satisfies ToWorker);
    promise.then((frame) => isMaskOrder(asked) || this.keep(key, frame)).catch(ignoreFault);
    return promise;
  }

  /**
   * @param key names the frame for keeping it, e.g. `dataset/channel/12`. Rejects with FrameLoadError; `cancelled` once overtaken.
   * @param options `isUrgent`: somebody waits for it
   */
  load(
    key: string,
    location: FrameLocation,
    { filter, dtype, shape }: Layout,
    options: LoadOptions & { binTo?: number; isUrgent?: boolean; isMask?: boolean },
  ): Promise<LoadedFrame> {
    const { saturation, binTo = null, overviewFactor = 1, isUrgent = false, isMask = false } = options;
    return this.ask(key, {
      ...{ kind: 'frame', ...location, filter, dtype, shape },
      ...{ saturation, binTo, overviewFactor, isUrgent, isMask },
    });
  }

  /** Several frames as one picture. */
  loadStack(
    key: string,
    frames: StackRequest['frames'],
    { filter, dtype, shape }: Layout,
    { saturation, overviewFactor = 1, how }: LoadOptions & { how: StackKind },
  ): Promise<LoadedFrame> {
    return this.ask(key, { kind: 'stack', frames, filter, dtype, shape, saturation, overviewFactor, how });
  }

  private keep(key: string, frame: LoadedFrame): void {
    this.kept.set(key, frame);
    this.keptBytes += bytesOf(frame);
    for (const [oldKey, old] of this.kept) {
      if (this.keptBytes <= this.budgetBytes || oldKey === key) break;
      this.kept.delete(oldKey);
      this.keptBytes -= bytesOf(old);
    }
  }

  close(): void {
    for (const worker of this.workers) worker.terminate();
    this.workers.length = 0;
    this.running.clear();
    this.kept.clear();
  }
}

const bytesOf = ({ pixels, overview }: LoadedFrame) => pixels.byteLength + (overview?.pixels.byteLength ?? 0);

/** Whoever has the mask keeps it. */
const isMaskOrder = (asked: Asked) => asked.kind === 'frame' && asked.isMask;

/** Whoever asked hears of a fault; keeping the frame does not. */
function ignoreFault(): void {
  return;
}
