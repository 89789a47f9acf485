'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useLive, useTRPC, useTRPCClient } from '#src/features/shell/index.ts';

const PAGE = 50;

/** The activations of an instrument, newest first, page by page, live. */
export function useActivations(instrumentId: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const queryKey = trpc.instruments.activations.queryKey({ instrumentId, limit: PAGE });
  const query = useInfiniteQuery({
    queryKey: [...queryKey, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      client.instruments.activations.query({ instrumentId, limit: PAGE, before: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  useLive([`instrument:${instrumentId}`], ({ kind }) => {
    if (kind === 'activation.changed')
      void queryClient.invalidateQueries({ queryKey: [...queryKey, 'pages'] });
  });
  return { ...query, rows: query.data?.pages.flatMap((page) => page.items) ?? [] };
}
