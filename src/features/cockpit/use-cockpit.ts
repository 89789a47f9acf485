'use client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { LiveEvent, Topic } from '#src/shared/contracts/live-events.ts';

/** Events come in bursts (a file per second and detector, a heartbeat every two): ask for the whole at most this often. */
const ASK_EVERY_MS = 1000;
/** When no event arrives at all, the truth is asked for anyway. */
const FALLBACK_MS = 10_000;

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

/** The cockpit's data, kept fresh by live events: counts at once, the whole picture at most once a second. */
export function useCockpit(slug: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.cockpit.view.queryOptions(
    { slug },
    { refetchInterval: FALLBACK_MS, placeholderData: keepPreviousData },
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
  return { ...query, refresh };
}
