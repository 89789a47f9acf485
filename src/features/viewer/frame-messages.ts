import type { ChunkFilter } from '#src/shared/contracts/geometry.ts';
import type { Dtype } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';

/** What the page and its decoding worker say to each other. */
export interface FrameRequest {
  kind: 'frame';
  id: number;
  url: string;
  offset: number;
  sizeBytes: number;
  filter: ChunkFilter;
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  saturation: number | null;
  /** Largest side of a binned picture to make instead of the full frame (mask-aware maximum); null = full frame. */
  binTo: number | null;
}
export interface MaskMessage {
  kind: 'mask';
  /** One byte per pixel, 0 = measured; excluded from statistics and binning. */
  mask: Uint8Array<ArrayBuffer> | null;
}
export interface CancelMessage {
  kind: 'cancel';
  id: number;
}
export type ToWorker = FrameRequest | MaskMessage | CancelMessage;

export interface FrameLoaded {
  kind: 'loaded';
  id: number;
  buffer: ArrayBuffer;
  shape: readonly [rows: number, columns: number];
  dtype: Dtype;
  statistics: FrameStatistics | null;
  fetchedBytes: number;
  fetchMs: number;
  decodeMs: number;
}
export interface FrameFailed {
  kind: 'failed';
  id: number;
  /** expired: the signed address is too old, ask for a new index. */
  reason: 'expired' | 'unreachable' | 'broken' | 'cancelled';
  message: string;
}
export type FromWorker = FrameLoaded | FrameFailed;
