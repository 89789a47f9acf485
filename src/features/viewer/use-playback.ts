'use client';

import { useEffect } from 'react';
import { useStore } from 'zustand';
import { playStep } from './play-step.ts';
import type { ViewerStore } from './viewer-store.ts';

/**
 * Plays: the next frame after a period of the rate, and never before the one asked for is on the screen, so that a slow line
 * shows fewer frames and not a queue of them.
 * @param isReady the frame of the store is shown, or it is known that it cannot be
 */
export function usePlayback(store: ViewerStore, frames: number, isReady: boolean): void {
  const playing = useStore(store, (state) => state.playing);
  const frame = useStore(store, (state) => state.frame);
  const rate = useStore(store, (state) => state.rate);
  useEffect(() => {
    if (!playing || !isReady) return;
    const timer = setTimeout(() => {
      const next = playStep(frame, frames, store.getState().loop);
      store.setState(next === null ? { playing: false } : { frame: next });
    }, 1000 / rate);
    return () => clearTimeout(timer);
  }, [store, playing, frame, rate, frames, isReady]);
}
