import { createStore } from 'zustand/vanilla';

export interface PixelUnderCursor {
  fast: number;
  slow: number;
  /** Fractional image coordinates, for the geometry. */
  fastPx: number;
  slowPx: number;
}

/** Where the pointer is, apart from the view: it moves all the time, and only read-outs care. */
export const createPointerStore = () =>
  createStore<{ pixel: PixelUnderCursor | null }>(() => ({ pixel: null }));
export type PointerStore = ReturnType<typeof createPointerStore>;
