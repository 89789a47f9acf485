'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLive, useTRPC } from '#src/features/shell/index.ts';

/** Should an event be lost. */
const FALLBACK_MS = 15_000;

/** The alarms of an instrument as they are kept: who takes care of them, who is on call. For its staff; null asks nothing. */
export function useAlarms(instrumentId: string | null) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  useLive([instrumentId !== null && `instrument:${instrumentId}`], ({ kind }) => {
    if (kind === 'alarm.changed') void queries.invalidateQueries(trpc.alarms.pathFilter());
  });
  return useQuery(
    trpc.alarms.list.queryOptions(
      { instrumentId: instrumentId ?? '' },
      { enabled: instrumentId !== null, refetchInterval: FALLBACK_MS },
    ),
  );
}
