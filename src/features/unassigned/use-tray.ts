'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useLive, useTRPC, useTRPCClient } from '#src/features/shell/index.ts';
import { type TrayMove, trayRows } from './tray-row.ts';

const PAGE = 500;
/** Bytes follow without an event of their own: while some are on their way, how far they are is asked for. */
const MOVING_EVERY_MS = 2000;

/** What is in the tray of an instrument, and what was given away lately; live. */
export function useTray(instrumentId: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const queryKey = [...trpc.datasets.tray.queryKey({ instrumentId, limit: PAGE }), 'pages'];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.datasets.tray.query({ instrumentId, limit: PAGE, filesAfter: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextFilesAfter,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.moves.some((move) => move.state === 'moving') ? MOVING_EVERY_MS : false,
  });
  const refresh = () => void queryClient.invalidateQueries({ queryKey });
  useLive([`instrument:${instrumentId}`], ({ kind }) => {
    if (kind === 'dataset.changed' || kind === 'activation.changed') refresh();
  });
  const [first] = query.data?.pages ?? [];
  return {
    ...query,
    refresh,
    totals: first?.totals ?? null,
    moves: first?.moves ?? NO_MOVES,
    rows: first
      ? trayRows({
          datasets: first.datasets,
          files: query.data?.pages.flatMap((page) => page.files) ?? [],
        })
      : [],
  };
}
const NO_MOVES: readonly TrayMove[] = [];
