'use client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useLiveState, useTRPC } from '#src/features/shell/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { LiveEvent, Topic } from '#src/shared/contracts/live-events.ts';
import { isServerLost } from './connection.ts';

/** Events come in bursts (a file per second and detector, a heartbeat every two): ask for the whole at most this often. */
const ASK_EVERY_MS = 1000;
/**
 * When no event arrives at all (members hear no heartbeats; a silent HUB sends none), the truth is asked for anyway: sooner than
 * heartbeats count as late.
 */
const FALLBACK_MS = 5_000;
/** An answer takes a fraction of a second; a server that is stopped lets one wait for ever. */
const OVERDUE_MS = 10_000;

function topicsOf(view: CockpitView | undefined): Topic[] {
  if (!view) return [];
  if (view.scope === 'whole') return [`instrument:${view.instrument.id}`];
  return view.active ? [`experiment:${view.active.experiment.id}`] : [];
}

function withProgress(view: CockpitView, data: Record<string, unknown>): CockpitView {
  const stored = data.framesStored;
  if (typeof stored !== 'number') return view;
  return {
    ...view,
    arriving: view.arriving.map((row) =>
      row.id === data.datasetId && row.framesStored < stored ? { ...row, framesStored: stored } : row,
    ),
  };
}

/** True once `waiting` has lasted longer than an answer takes. */
function useOverdue(waiting: boolean): boolean {
  const [overdue, setOverdue] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => setOverdue(true), OVERDUE_MS);
    return () => {
      clearTimeout(timer);
      setOverdue(false);
    };
  }, [waiting]);
  return overdue;
}

/** The cockpit's data, kept fresh by live events: counts at once, the whole picture at most once a second. */
export function useCockpit(slug: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.cockpit.view.queryOptions(
    { slug },
    { refetchInterval: FALLBACK_MS, refetchOnWindowFocus: 'always', placeholderData: keepPreviousData },
  );
  const query = useQuery(options);
  const { queryKey } = options;

  const refresh = useAskSoon(queryKey, ASK_EVERY_MS);
  useLive(topicsOf(query.data), (event: LiveEvent) => {
    if (event.kind === 'dataset.changed') {
      queryClient.setQueryData(queryKey, (view) => (view ? withProgress(view, event.data) : view));
    }
    refresh();
  });

  const live = useLiveState();
  const reconnecting = live.status === 'reconnecting';
  // The live connection broke: whether the server is away, a question tells.
  useEffect(() => {
    if (reconnecting) refresh();
  }, [reconnecting, refresh]);
  const serverLost = isServerLost({
    isFailing: query.isError || query.failureCount > 0,
    isPaused: query.fetchStatus === 'paused',
    isOverdue: useOverdue(query.isFetching),
    answeredAtMs: query.dataUpdatedAt,
    live,
  });
  return { ...query, refresh, serverLost };
}
