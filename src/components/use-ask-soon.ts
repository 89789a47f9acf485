'use client';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';

/**
 * A function that asks for a query again soon, and at most once per `everyMs` however often it is called. Live events come in
 * bursts (a file a second per detector, a heartbeat every two). A fetch under way is never cancelled: on a slow line it would
 * otherwise be cancelled by the next event for ever; what happens meanwhile makes it ask once more.
 */
export function useAskSoon(queryKey: QueryKey, everyMs: number): () => void {
  const queryClient = useQueryClient();
  const run = useRef({
    timer: undefined as ReturnType<typeof setTimeout> | undefined,
    askedAt: 0,
    asking: false,
    again: false,
  });
  const key = JSON.stringify(queryKey);

  const ask = useCallback(() => {
    const now = run.current;
    if (now.asking) {
      now.again = true;
      return;
    }
    if (now.timer !== undefined) return;
    now.timer = setTimeout(
      () => {
        now.timer = undefined;
        now.asking = true;
        now.askedAt = Date.now();
        void queryClient
          .invalidateQueries({ queryKey: JSON.parse(key) as QueryKey }, { cancelRefetch: false })
          .finally(() => {
            now.asking = false;
            if (!now.again) return;
            now.again = false;
            ask();
          });
      },
      Math.max(0, now.askedAt + everyMs - Date.now()),
    );
  }, [queryClient, key, everyMs]);

  useEffect(() => {
    const now = run.current;
    return () => {
      clearTimeout(now.timer);
      now.timer = undefined;
      now.again = false;
    };
  }, []);
  return ask;
}
