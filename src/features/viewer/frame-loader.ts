import type { Channel } from '#src/shared/contracts/geometry.ts';
import { type Dtype, type DtypeArray, dtypeArrayFromBytes } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';
import type { FrameLocation } from './frame-locator.ts';
import type { FrameFailed, FrameRequest, FromWorker, StackRequest, ToWorker } from './frame-messages.ts';
import type { StackKind } from './frame-stack.ts';

export interface LoadedFrame {
  pixels: DtypeArray;
  dtype: Dtype;
  /** [rows, columns] */
  shape: readonly [number, number];
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

/**
 * The page's side of the decoding workers. What is on its way is joined rather than asked for again; what was overtaken is
 * cancelled (`keepOnly`); decoded frames are kept up to a byte budget (least recently used go first). Call `close` when the viewer goes.
 */
export class FrameLoader {
  private readonly workers: Worker[] = [];
  private readonly mostWorkers: number;
  private readonly running = new Map<string, Running>();
  private readonly kept = new Map<string, LoadedFrame>();
  private keptBytes = 0;
  private nextId = 1;
  private mask: Uint8Array<ArrayBuffer> | null = null;
  readonly budgetBytes: number;

  constructor(budgetBytes = 256 * 1024 * 1024, workers = MOST_WORKERS) {
    this.budgetBytes = budgetBytes;
    this.mostWorkers = Math.max(1, Math.min(workers, (navigator.hardwareConcurrency || 2) - 1));
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
    this.workers.push(worker);
    return worker;
  }

  /** The one with least to do. Stacks go to the first alone, which keeps what the next stack needs. */
  private workerFor(kind: Asked['kind']): Worker {
    const first = this.workers[0] ?? this.newWorker();
    if (kind === 'stack') return first;
    const load = (worker: Worker) => [...this.running.values()].filter((one) => one.worker === worker).length;
    const idle = this.workers.toSorted((a, b) => load(a) - load(b))[0] ?? first;
    return load(idle) > 0 && this.workers.length < this.mostWorkers ? this.newWorker() : idle;
  }

  private settle(message: FromWorker): void {
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
        statistics: message.statistics,
        fetchedBytes: message.fetchedBytes,
        fetchMs: message.fetchMs,
        decodeMs: message.decodeMs,
      });
  }

  /** Pixels excluded from contrast and binning of frames loaded from now on; frames kept so far, or on their way, are forgotten. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    this.mask = mask;
    for (const worker of this.workers) worker.postMessage({ kind: 'mask', mask } satisfies ToWorker);
    this.keepOnly(new Set());
    this.kept.clear();
    this.keptBytes = 0;
  }

  peek(key: string): LoadedFrame | undefined {
    return this.kept.get(key);
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
    const worker = this.workerFor(asked.kind);
    const { promise, resolve, reject } = Promise.withResolvers<LoadedFrame>();
    this.running.set(key, { id, worker, promise, resolve, reject });
    worker.postMessage({ ...asked, id } satisfies ToWorker);
    promise.then((frame) => this.keep(key, frame)).catch(ignoreFault);
    return promise;
  }

  /** @param key names the frame for keeping it, e.g. `dataset/channel/12`. Rejects with FrameLoadError; `cancelled` once overtaken. */
  load(
    key: string,
    location: FrameLocation,
    { filter, dtype, shape }: Layout,
    options: { saturation: number | null; binTo?: number },
  ): Promise<LoadedFrame> {
    const { saturation, binTo = null } = options;
    return this.ask(key, { kind: 'frame', ...location, filter, dtype, shape, saturation, binTo });
  }

  /** Several frames as one picture. */
  loadStack(
    key: string,
    frames: StackRequest['frames'],
    { filter, dtype, shape }: Layout,
    options: { saturation: number | null; how: StackKind },
  ): Promise<LoadedFrame> {
    return this.ask(key, { kind: 'stack', frames, filter, dtype, shape, ...options });
  }

  private keep(key: string, frame: LoadedFrame): void {
    this.keptBytes -= this.kept.get(key)?.pixels.byteLength ?? 0;
    this.kept.set(key, frame);
    this.keptBytes += frame.pixels.byteLength;
    for (const [oldKey, old] of this.kept) {
      if (this.keptBytes <= this.budgetBytes || oldKey === key) break;
      this.kept.delete(oldKey);
      this.keptBytes -= old.pixels.byteLength;
    }
  }

  close(): void {
    for (const worker of this.workers) worker.terminate();
    this.workers.length = 0;
    this.running.clear();
    this.kept.clear();
  }
}

/** Whoever asked hears of a fault; keeping the frame does not. */
function ignoreFault(): void {
  return;
}
