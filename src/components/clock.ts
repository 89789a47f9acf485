'use client';
import { useSyncExternalStore } from 'react';

/*
 * One clock for the page. "3 s ago" must be true even where the computer's clock is wrong, so the live connection tells the
 * server's time (`setServerTime`) and ages count from that. One timer serves every label on screen.
 */

let offsetMs = 0;
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  nowMs = Date.now() + offsetMs;
  for (const notify of listeners) notify();
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(notify);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's clock as last told. Offsets below half a second are the network's, not the clock's. */
export function setServerTime(serverNowMs: number): void {
  const measured = serverNowMs - Date.now();
  offsetMs = Math.abs(measured) < 500 ? 0 : measured;
}

export const serverNowMs = (): number => Date.now() + offsetMs;

const snapshot = () => nowMs;
const still = () => () => undefined;

/** Server time in ms, renewed every second while somebody looks; pass false where nothing moves any more. */
export function useNow(ticking = true): number {
  return useSyncExternalStore(ticking ? subscribe : still, snapshot, snapshot);
}
