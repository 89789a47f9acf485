'use client';

import { useQuery } from '@tanstack/react-query';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';

/** Previews of the newest frame come about once a second. */
const ASK_EVERY_MS = 1000;
/** Their addresses are signed and end; long before they do, they are asked for again. */
const FRESH_MS = 5 * 60_000;

/** Small pictures of a dataset's frames, made at the source and there before the frames themselves; the newest first, live. */
export function usePreviews({
  datasetId,
  instrumentId,
  experimentId,
  limit,
}: {
  /** Null: none. */
  datasetId: string | null;
  instrumentId: string;
  experimentId: string | null;
  limit: number;
}) {
  const trpc = useTRPC();
  const options = trpc.datasets.previews.queryOptions(
    { datasetId: datasetId ?? '', limit },
    { enabled: datasetId !== null, staleTime: FRESH_MS, refetchInterval: FRESH_MS },
  );
  const query = useQuery(options);
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive(
    [`instrument:${instrumentId}`, experimentId !== null && (`experiment:${experimentId}` as const)],
    ({ kind, data }) => {
      if (kind === 'preview.stored' && data.datasetId === datasetId) askSoon();
    },
  );
  return query.data ?? [];
}
