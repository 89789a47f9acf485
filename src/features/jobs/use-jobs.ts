'use client';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { LiveEvent, Topic } from '#src/shared/contracts/live-events.ts';
import type { JobState } from '#src/shared/model/states.ts';
import { isUuid } from '#src/shared/model/uuid.ts';
import { JOB_FILTERS, type JobFilter } from './job-words.ts';
import type { JobChoice } from './use-job-choice.ts';

export interface JobScope {
  experimentId?: string;
  instrumentId?: string;
  datasetId?: string;
}

const PAGE = 50;
/** States and progress are patched at once; the list itself is asked for at most this often. */
const ASK_EVERY_MS = 1200;
/** Of many experiments only the newest are listened to; a list of all asks besides. */
const MAX_TOPICS = 30;
const ASK_ANYWAY_MS = 20_000;

/** Jobs of a scope (all the person sees without one), newest first, page by page, live. */
export function useJobs(scope: JobScope, filter: JobFilter, choice: JobChoice) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const profile = useProfile();
  const states = JOB_FILTERS[filter].states;
  const isAll = !scope.experimentId && !scope.instrumentId;
  const options = trpc.jobs.list.infiniteQueryOptions(
    {
      ...scope,
      states: states ? [...states] : undefined,
      // A link may be cut off, or somebody else's word: what is no id is not asked for.
      startedBy: isUuid(choice.who ?? '') ? choice.who! : undefined,
      triggerId: isUuid(choice.trigger ?? '') ? choice.trigger! : undefined,
      templateSlug: choice.template?.slice(0, 40) ?? undefined,
      sampleId: isUuid(choice.sample ?? '') ? choice.sample! : undefined,
      limit: PAGE,
    },
    { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
  );
  const query = useInfiniteQuery({ ...options, refetchInterval: isAll ? ASK_ANYWAY_MS : false });
  const { queryKey } = options;
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);

  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
    },
    [],
  );
  const askSoon = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void queryClient.invalidateQueries({ queryKey });
    }, ASK_EVERY_MS);
  }, [queryClient, queryKey]);

  const topics = useMemo((): Topic[] => {
    if (scope.experimentId) return [`experiment:${scope.experimentId}`];
    if (scope.instrumentId) return [`instrument:${scope.instrumentId}`];
    const experiments = [...new Set(rows.map((row) => row.experimentId))].slice(0, MAX_TOPICS);
    return [
      ...profile.instruments.map(({ id }) => `instrument:${id}` as const),
      ...experiments.map((id) => `experiment:${id}` as const),
    ];
  }, [scope.experimentId, scope.instrumentId, rows, profile.instruments]);

  useLive(topics, ({ kind, data }: LiveEvent) => {
    if (kind !== 'job.changed') return;
    askSoon();
    const { jobId, state, progress } = data;
    queryClient.setQueryData(
      queryKey,
      (pages) =>
        pages && {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            items: page.items.map((row) =>
              row.id === jobId
                ? {
                    ...row,
                    state: (state as JobState | undefined) ?? row.state,
                    progress: typeof progress === 'number' ? progress : row.progress,
                  }
                : row,
            ),
          })),
        },
    );
  });
  return { ...query, rows };
}
