'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { LiveKind } from '#src/shared/contracts/live-events.ts';

/** What is counted here grows all the time and is worth a look now and then. */
const ASK_EVERY_MS = 15_000;
/** After what changes it for certain it is asked for sooner, at most this often. */
const ASK_SOON_MS = 2_000;
const NEWS: readonly LiveKind[] = ['activation.changed', 'experiment.changed', 'job.changed'];

/** What surrounds the measurement: experiments, detectors, storage. Null until it is first known; nothing of the cockpit waits for it. */
export function useSurroundings(view: CockpitView | undefined) {
  const trpc = useTRPC();
  const slug = view?.instrument.slug ?? '';
  const options = trpc.cockpit.surroundings.queryOptions(
    { slug },
    { enabled: view !== undefined, refetchInterval: ASK_EVERY_MS, placeholderData: keepPreviousData },
  );
  const query = useQuery(options);
  const refresh = useAskSoon(options.queryKey, ASK_SOON_MS);
  const topic = view?.scope === 'whole' ? (`instrument:${view.instrument.id}` as const) : null;
  useLive([topic], ({ kind, data }) => {
    const ended = kind === 'dataset.changed' && data.state !== 'receiving';
    if (ended || NEWS.includes(kind)) refresh();
  });
  return { surroundings: query.data ?? null, refresh };
}
