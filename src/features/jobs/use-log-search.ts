'use client';
import { useEffect, useState } from 'react';
import { useTRPCClient } from '#src/features/shell/index.ts';
import type { LogHit, LogSearchPlace } from '#src/server/domain/jobs/jobs.service.ts';

/** More than anybody steps through: the search ends with them. */
const MOST_HITS = 1000;
const TYPING_MS = 250;

export interface LogSearch {
  /** The last first. */
  hits: LogHit[];
  searching: boolean;
  /** Not searched yet, and of the whole. */
  leftBytes: number;
  sizeBytes: number;
  error: unknown;
}
const NOTHING: LogSearch = { hits: [], searching: false, leftBytes: 0, sizeBytes: 0, error: null };

/** The lines of a whole log that contain a text, at the server, a window at a time from the end on; what was found is there at once. */
export function useLogSearch(jobId: string, text: string): LogSearch {
  const api = useTRPCClient();
  const [state, setState] = useState<LogSearch>(NOTHING);
  useEffect(() => {
    if (text === '') {
      setState(NOTHING);
      return;
    }
    const ended = new AbortController();
    const { signal } = ended;
    setState({ ...NOTHING, searching: true });
    const search = async () => {
      const lines = new Map<number, LogHit>();
      for (let from: LogSearchPlace | null = null; ; ) {
        const page = await api.jobs.searchLog.query({ jobId, text, from }, { signal });
        if (signal.aborted) return;
        // A line of many megabytes is met in several windows.
        for (const hit of page.hits) if (!lines.has(hit.line)) lines.set(hit.line, hit);
        from = page.next;
        const { leftBytes, sizeBytes } = page;
        const searching = from !== null && lines.size < MOST_HITS;
        setState({ hits: [...lines.values()], searching, leftBytes, sizeBytes, error: null });
        if (!searching) return;
      }
    };
    const timer = setTimeout(
      () =>
        search().catch((error: unknown) => {
          if (!signal.aborted) setState((before) => ({ ...before, searching: false, error }));
        }),
      TYPING_MS,
    );
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [api, jobId, text]);
  return state;
}
