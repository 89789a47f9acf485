'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLive, useTRPCClient } from '#src/features/shell/index.ts';
import { KEEP_CHARACTERS, type LogWindow, sizeOf, windowOf, withEarlier, withLater } from './log-window.ts';

/** Further behind than this the end is opened anew, instead of reading what came in between. */
const FAR_BEHIND_BYTES = 2_000_000;
const WAIT_MS = 50;

/** The log of a job, a window at a time: opens at its end, and grows where somebody scrolls or, while they follow, as it is written. */
export function useLogWindow(jobId: string, { live, follows }: { live: boolean; follows: boolean }) {
  const api = useTRPCClient();
  const [window, setWindow] = useState<LogWindow | null>(null);
  const [error, setError] = useState<unknown>(null);
  const now = useRef({ window, follows, busy: false, waiting: false, gone: false });
  now.current.follows = follows;

  /** One step after the other: each builds on what the last one left. */
  const step = useCallback(async (make: (window: LogWindow | null) => Promise<LogWindow | null>) => {
    const state = now.current;
    if (state.busy) return false;
    state.busy = true;
    try {
      const made = await make(state.window);
      if (made && !state.gone) {
        state.window = made;
        setWindow(made);
        setError(null);
      }
      return true;
    } catch (fault) {
      if (!state.gone) setError(fault);
      return false;
    } finally {
      state.busy = false;
    }
  }, []);

  const open = useCallback(
    async (wish: { aroundSeq?: number; afterSeq?: number } = {}) => {
      // What somebody asked for is not passed over for what came by itself.
      while (now.current.busy) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      return step(async () => windowOf(await api.jobs.log.query({ jobId, ...wish })));
    },
    [api, jobId, step],
  );
  const later = useCallback(
    () =>
      step(async (held) => {
        if (!held) return null;
        const afterSeq = held.pieces.at(-1)?.seq ?? 0;
        const page = await api.jobs.log.query({ jobId, afterSeq });
        const made = page.chunks.length > 0 ? withLater(held, page) : { ...held, more: false };
        const behind = made.sizeBytes - (made.pieces.at(-1)?.endByte ?? 0);
        if (!now.current.follows || behind < FAR_BEHIND_BYTES) return made;
        return windowOf(await api.jobs.log.query({ jobId }));
      }),
    [api, jobId, step],
  );
  const earlier = useCallback(
    () =>
      step(async (held) => {
        const beforeSeq = held?.pieces.at(0)?.seq;
        if (!held?.earlier || beforeSeq === undefined) return null;
        return withEarlier(held, await api.jobs.log.query({ jobId, beforeSeq }));
      }),
    [api, jobId, step],
  );

  /** Reads on to the end while somebody follows; else a share, or it is only said that there is more. */
  const catchUp = useCallback(async () => {
    const state = now.current;
    // Behind what somebody reads there is room for some; beyond that their place would be taken from them.
    if (state.window && !state.follows && sizeOf(state.window.pieces) > KEEP_CHARACTERS / 2) {
      state.window = { ...state.window, more: true };
      setWindow(state.window);
      return;
    }
    // Another step is under way: this is heard after it.
    if (state.waiting || state.gone) return;
    state.waiting = true;
    while (state.busy) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    state.waiting = false;
    while (!state.gone && (await later()) && state.follows && state.window?.more);
  }, [later]);

  useEffect(() => {
    const state = now.current;
    state.gone = false;
    void open();
    return () => {
      state.gone = true;
    };
  }, [open]);

  useLive([live && `job:${jobId}`], (event) => {
    if (event.kind === 'job.log' || event.kind === 'job.changed') void catchUp();
  });
  // The last words may come together with the end, after which nothing is listened to.
  const wasLive = useRef(live);
  useEffect(() => {
    if (wasLive.current && !live) void catchUp();
    wasLive.current = live;
  }, [live, catchUp]);

  return { window, error, open, later, earlier, catchUp };
}
