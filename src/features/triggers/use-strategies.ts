'use client';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLive, useTRPC, useTRPCClient } from '#src/features/shell/index.ts';
import type { FiringOutcome } from '#src/shared/model/trigger-rules.ts';

const PAGE = 50;
/** Decisions that start nothing tell nobody: a page that is open asks for them. */
const HISTORY_EVERY_MS = 10_000;

const CHANGES: ReadonlySet<string> = new Set(['trigger.changed', 'strategy.changed']);

/** The strategies of an instrument with their triggers, live. For its staff. */
export function useStrategies(instrumentId: string) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refresh = () => void queries.invalidateQueries(trpc.triggers.pathFilter());
  useLive([`instrument:${instrumentId}`], ({ kind }) => {
    if (CHANGES.has(kind)) refresh();
  });
  return { ...useQuery(trpc.triggers.strategies.queryOptions({ instrumentId })), refresh };
}

/** What starts by itself in an experiment, live. */
export function useExperimentStrategy(experimentId: string, instrumentId: string | null) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refresh = () => void queries.invalidateQueries(trpc.triggers.pathFilter());
  useLive(
    [`experiment:${experimentId}`, instrumentId !== null && `instrument:${instrumentId}`],
    ({ kind }) => {
      if (CHANGES.has(kind)) refresh();
    },
  );
  return { ...useQuery(trpc.triggers.ofExperiment.queryOptions({ experimentId })), refresh };
}

export type HistoryOf = { instrumentId: string } | { experimentId: string };

/** What triggers decided, newest first, page by page. */
export function useFirings(of: HistoryOf, outcome: FiringOutcome | null) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const asked = { ...of, outcomes: outcome === null ? undefined : [outcome], limit: PAGE };
  const queryKey = [...trpc.triggers.history.queryKey(asked), 'pages'];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.triggers.history.query({ ...asked, cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
    refetchInterval: HISTORY_EVERY_MS,
  });
  const topic = 'instrumentId' in of ? `instrument:${of.instrumentId}` : `experiment:${of.experimentId}`;
  useLive([topic as `instrument:${string}`], ({ kind }) => {
    if (kind === 'job.changed') void queries.invalidateQueries({ queryKey });
  });
  return { ...query, rows: query.data?.pages.flatMap((page) => page.items) ?? [] };
}
