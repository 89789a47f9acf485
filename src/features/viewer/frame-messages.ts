import type { ChunkFilter } from '#src/shared/contracts/geometry.ts';
import type { Dtype } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';
import type { FrameLocation } from './frame-locator.ts';
import type { StackKind } from './frame-stack.ts';

/** What the page and its decoding workers say to each other. */
interface Layout {
  filter: ChunkFilter;
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  saturation: number | null;
  /** Side of the blocks of which the overview shows the largest value each; 1 = no overview. */
  overviewFactor: number;
}
export interface FrameRequest extends FrameLocation, Layout {
  kind: 'frame';
  id: number;
  /** Largest side of a binned picture to make instead of the full frame (mask-aware maximum); null = full frame. */
  binTo: number | null;
  /** Somebody waits for it: the other workers help. */
  isUrgent: boolean;
  /** It is the pixel mask, for which frames wait. */
  isMask: boolean;
}
export interface StackRequest extends Layout {
  kind: 'stack';
  id: number;
  how: StackKind;
  /** `key` names the frame among all that this worker is ever asked for. */
  frames: readonly (FrameLocation & { key: string })[];
}
/** The pixel mask is on its way: frames wait for it, so that nothing is made of masked pixels. */
export interface MaskComingMessage {
  kind: 'mask-coming';
}
/** A way to another worker of the same page. */
export interface PeerMessage {
  kind: 'peer';
  port: MessagePort;
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
export type ToWorker =
  | FrameRequest
  | StackRequest
  | MaskComingMessage
  | MaskMessage
  | PeerMessage
  | CancelMessage;

export interface FrameLoaded {
  kind: 'loaded';
  id: number;
  buffer: ArrayBuffer;
  shape: readonly [rows: number, columns: number];
  overview: { buffer: ArrayBuffer; shape: readonly [rows: number, columns: number]; factor: number } | null;
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
/** A frame was given up while it was fetched. */
export interface FetchGivenUp {
  kind: 'given-up';
  bytes: number;
  afterMs: number;
}
export type FromWorker = FrameLoaded | FrameFailed | FetchGivenUp;
