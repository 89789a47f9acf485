'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useTRPC } from '#src/features/shell/index.ts';
import type { EntryChoice } from '#src/shared/model/file-types.ts';

const PAGE = 200;
/** The search goes on by itself until a screen is full. */
const ENOUGH = 60;

/** Files of the whole experiment whose names match, by path. */
export function useFileSearch(
  experimentId: string,
  { search, choice, enabled }: { search: string; choice: EntryChoice | null; enabled: boolean },
) {
  const trpc = useTRPC();
  const type = choice === 'folder' || choice === 'dataset' ? undefined : (choice ?? undefined);
  const query = useInfiniteQuery(
    trpc.files.search.infiniteQueryOptions(
      { experimentId, search, type, limit: PAGE },
      { getNextPageParam: (page) => page.nextCursor, enabled, placeholderData: keepPreviousData },
    ),
  );
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.entries) ?? [], [query.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData, isError } = query;
  const goesOn =
    enabled && hasNextPage && !isFetchingNextPage && !isPlaceholderData && !isError && rows.length < ENOUGH;
  useEffect(() => {
    if (goesOn) void fetchNextPage();
  }, [goesOn, fetchNextPage]);
  /** Files looked at so far, at least; null when all were. */
  const examined = hasNextPage
    ? (query.data?.pages.length ?? 0) * (query.data?.pages[0]?.examinedAtOnce ?? 0)
    : null;
  return { ...query, rows, examined };
}
