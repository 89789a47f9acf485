'use client';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { DatasetState } from '#src/shared/model/states.ts';
import { askedBy, type DatasetFilters } from './use-dataset-filters.ts';

const PAGE = 100;
/** Counts are patched at once; the list itself is asked for at most this often. */
const ASK_EVERY_MS = 1500;

/** Datasets of an experiment, those that are asked for, page by page, live. */
export function useDatasets(experimentId: string, filters: DatasetFilters) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.datasets.list.infiniteQueryOptions(
    { experimentId, ...askedBy(filters), limit: PAGE },
    { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
  );
  const query = useInfiniteQuery(options);
  const { queryKey } = options;

  const askSoon = useAskSoon(queryKey, ASK_EVERY_MS);
  useLive([`experiment:${experimentId}`], ({ kind, data }) => {
    if (kind === 'experiment.changed' || (kind === 'job.changed' && data.state === 'succeeded')) askSoon();
    if (kind !== 'dataset.changed') return;
    askSoon();
    const { datasetId, framesStored, state } = data;
    if (typeof framesStored !== 'number') return;
    queryClient.setQueryData(
      queryKey,
      (pages) =>
        pages && {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            items: page.items.map((row) =>
              row.id === datasetId && row.framesStored <= framesStored
                ? { ...row, framesStored, state: (state as DatasetState | undefined) ?? row.state }
                : row,
            ),
          })),
        },
    );
  });

  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, rows };
}
