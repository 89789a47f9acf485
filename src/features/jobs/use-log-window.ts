'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLive, useTRPCClient } from '#src/features/shell/index.ts';
import type { JobLogPage, LogPiece } from '#src/server/domain/jobs/jobs.service.ts';

/** What of a log the page holds: a run of pieces without a gap, of a log of any length. */
export interface LogWindow {
  pieces: LogPiece[];
  /** There is more before, and behind. */
  earlier: boolean;
  more: boolean;
  /** Of the whole log. */
  sizeBytes: number;
  lines: number;
}

/** So much text is held; of what was scrolled away from, the far end goes. */
const KEEP_CHARACTERS = 1_000_000;
/** Further behind than this the end is opened anew, instead of reading what came in between. */
const FAR_BEHIND_BYTES = 2_000_000;

const WAIT_MS = 50;

const sizeOf = (pieces: readonly LogPiece[]) => pieces.reduce((sum, { text }) => sum + text.length, 0);

/** A run that begins anew leaves an empty piece, and the log begins behind it. */
function sinceRestart(pieces: LogPiece[]): LogPiece[] {
  const restart = pieces.findLastIndex(({ text }) => text === '');
  return restart < 0 ? pieces : pieces.slice(restart + 1);
}

const windowOf = (page: JobLogPage): LogWindow => ({
  pieces: sinceRestart(page.chunks),
  earlier: page.earlier,
  more: page.more,
  sizeBytes: page.sizeBytes,
  lines: page.lines,
});

/** With what came behind it; its beginning goes when it gets too long. */
export function withLater(window: LogWindow, page: JobLogPage): LogWindow {
  const known = window.pieces.at(-1)?.seq ?? 0;
  const all = [...window.pieces, ...page.chunks.filter(({ seq }) => seq > known)];
  const pieces = sinceRestart(all);
  let earlier = pieces.length === all.length && window.earlier;
  let size = sizeOf(pieces);
  while (pieces.length > 1 && size - pieces[0]!.text.length >= KEEP_CHARACTERS) {
    size -= pieces.shift()!.text.length;
    earlier = true;
  }
  return { pieces, earlier, more: page.more, sizeBytes: page.sizeBytes, lines: page.lines };
}

/** With what came before it; its end goes when it gets too long. */
export function withEarlier(window: LogWindow, page: JobLogPage): LogWindow {
  const first = window.pieces.at(0)?.seq ?? Number.POSITIVE_INFINITY;
  const pieces = [...page.chunks.filter(({ seq }) => seq < first), ...window.pieces];
  let { more } = window;
  let size = sizeOf(pieces);
  while (pieces.length > 1 && size - pieces.at(-1)!.text.length >= KEEP_CHARACTERS) {
    size -= pieces.pop()!.text.length;
    more = true;
  }
  return { pieces, earlier: page.earlier, more, sizeBytes: page.sizeBytes, lines: page.lines };
}

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
