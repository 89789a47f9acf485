import type { Channel } from '#src/shared/contracts/geometry.ts';
import { type Dtype, type DtypeArray, dtypeArrayFromBytes } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';
import type { FrameLocation } from './frame-locator.ts';
import type { FrameFailed, FromWorker, ToWorker } from './frame-messages.ts';

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

interface Pending {
  resolve(frame: LoadedFrame): void;
  reject(problem: Error): void;
}

/**
 * The page's side of the decoding worker: one worker per viewer, overtaken requests are cancelled, decoded frames kept
 * up to a byte budget (least recently used go first). Call `close` when the viewer goes.
 */
export class FrameLoader {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly kept = new Map<string, LoadedFrame>();
  private keptBytes = 0;
  private nextId = 1;
  private readonly budgetBytes: number;

  constructor(budgetBytes = 256 * 1024 * 1024) {
    this.budgetBytes = budgetBytes;
    this.worker = new Worker(new URL('./frame-worker.ts', import.meta.url), {
      type: 'module',
      name: 'frame decoder',
    });
    this.worker.onmessage = (event: MessageEvent<FromWorker>) => this.settle(event.data);
    this.worker.onerror = (event) => {
      for (const [id, waiting] of this.pending)
        waiting.reject(
          new FrameLoadError({
            kind: 'failed',
            id,
            reason: 'broken',
            message: event.message || 'The decoder stopped.',
          }),
        );
      this.pending.clear();
    };
  }

  private settle(message: FromWorker): void {
    const waiting = this.pending.get(message.id);
    if (!waiting) return;
    this.pending.delete(message.id);
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

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** Pixels excluded from contrast and binning of frames loaded from now on; frames kept so far are forgotten. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    this.kept.clear();
    this.keptBytes = 0;
    this.send({ kind: 'mask', mask });
  }

  peek(key: string): LoadedFrame | undefined {
    return this.kept.get(key);
  }

  /** @param key names the frame for keeping it, e.g. `dataset/channel/12`. Rejects with FrameLoadError; `cancelled` after `signal`. */
  load(
    key: string,
    location: FrameLocation,
    channel: Pick<Channel, 'dtype' | 'filter' | 'shape'>,
    options: { saturation: number | null; signal?: AbortSignal; binTo?: number },
  ): Promise<LoadedFrame> {
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return Promise.resolve(known);
    }
    const id = this.nextId++;
    return new Promise<LoadedFrame>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      options.signal?.addEventListener('abort', () => this.send({ kind: 'cancel', id }), { once: true });
      this.send({
        kind: 'frame',
        id,
        ...location,
        filter: channel.filter,
        dtype: channel.dtype,
        shape: channel.shape,
        saturation: options.saturation,
        binTo: options.binTo ?? null,
      });
    }).then((frame) => {
      this.keep(key, frame);
      return frame;
    });
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
    this.worker.terminate();
    this.pending.clear();
    this.kept.clear();
  }
}
