'use client';
import { useEffect } from 'react';
import { create } from 'zustand';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { type RateSample, withSample } from './rate-history.ts';

/** By agent; outlives the page, so that the curve is there again when one comes back to the cockpit. */
const useRates = create<{ histories: Readonly<Record<string, readonly RateSample[]>> }>(() => ({
  histories: {},
}));
const NONE: readonly RateSample[] = [];

/** Remembers what each heartbeat says of the rates while the cockpit is open. */
export function useRememberRates(view: CockpitView | undefined): void {
  useEffect(() => {
    if (!view) return;
    useRates.setState(({ histories }) => {
      const next = { ...histories };
      for (const { id, lastSeenAt, status } of view.agents) {
        if (!lastSeenAt || !status) continue;
        const { receivedBytesPerS, uploadedBytesPerS } = status.rates;
        next[id] = withSample(next[id] ?? NONE, {
          at: lastSeenAt.getTime(),
          receivedBytesPerS,
          uploadedBytesPerS,
        });
      }
      return { histories: next };
    });
  }, [view]);
}

export const useRateHistory = (agentId: string): readonly RateSample[] =>
  useRates(({ histories }) => histories[agentId] ?? NONE);
