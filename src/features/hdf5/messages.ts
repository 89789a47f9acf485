import type { GroupListing, NodeDetail } from './nodes.ts';
import type { Slice, SliceRequest } from './reading/read-slice.ts';

/** The file that a worker is started for. */
export interface OpenedPlace {
  /** Of the web app: a worker cannot tell it in every browser. */
  origin: string;
  experimentId: string;
  /** In the experiment. */
  path: string;
}

/** What is asked of the worker, and what it answers. */
export interface Asks {
  list: { input: { path: string; from: number }; answer: GroupListing };
  detail: { input: { path: string }; answer: NodeDetail };
  slice: { input: SliceRequest; answer: Slice };
}

export type ToWorker =
  | { kind: 'open'; place: OpenedPlace }
  | { [K in keyof Asks]: { kind: K; id: number; input: Asks[K]['input'] } }[keyof Asks];

export type FromWorker =
  | { id: number; ok: true; answer: Asks[keyof Asks]['answer'] }
  /** `broken`: the worker must not be asked again. */
  | { id: number; ok: false; message: string; broken: boolean };
