'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { EXPERIMENT_STATES } from '#src/shared/model/states.ts';
import { instantOfLocal } from '#src/shared/model/zoned-instant.ts';

export const SORTS = {
  newest: 'Active first',
  start: 'Latest start',
  title: 'Title',
  pi: 'PI',
} as const;
const SORT_NAMES = Object.keys(SORTS) as (keyof typeof SORTS)[];

/** The filters of the list as they stand in the address: a link shows the other what the sender saw. */
const FILTERS = {
  q: parseAsString.withDefault(''),
  state: parseAsStringLiteral(EXPERIMENT_STATES),
  instrument: parseAsString,
  mine: parseAsBoolean.withDefault(false),
  active: parseAsBoolean.withDefault(false),
  /** Days on the clocks of the facility, both included. */
  from: parseAsString,
  to: parseAsString,
  sort: parseAsStringLiteral(SORT_NAMES).withDefault('newest'),
};

const DAY_MS = 24 * 3600 * 1000;
const PAGE = 100;

export function useExperimentFilters() {
  const [filters, setFilters] = useQueryStates(FILTERS, { clearOnDefault: true, throttleMs: 300 });
  const isFiltered = Object.entries(filters).some(
    ([name, value]) => name !== 'sort' && value !== null && value !== '' && value !== false,
  );
  return { filters, setFilters, isFiltered, clear: () => void setFilters(null) };
}

export type ExperimentFilters = ReturnType<typeof useExperimentFilters>['filters'];

/** Of an instrument that one has nothing to do with there is nothing to list. */
const NO_INSTRUMENT = '00000000-0000-0000-0000-000000000000';

/** The pages of the list; an instrument is named by its slug, as everywhere in addresses. Nothing is asked before that is known. */
export function useExperimentList(
  filters: ExperimentFilters,
  instruments: readonly { id: string; slug: string }[] | undefined,
) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const startOf = (day: string | null) => (day === null ? null : instantOfLocal(`${day}T00:00`, zone));
  const isNamed = filters.instrument !== null;
  const named = instruments?.find(({ slug }) => slug === filters.instrument)?.id ?? NO_INSTRUMENT;
  const lastDay = startOf(filters.to);
  return useInfiniteQuery(
    trpc.experiments.list.infiniteQueryOptions(
      {
        search: filters.q || undefined,
        states: filters.state ? [filters.state] : undefined,
        instrumentId: isNamed ? named : undefined,
        mine: filters.mine || undefined,
        active: filters.active || undefined,
        from: startOf(filters.from) ?? undefined,
        to: lastDay ? new Date(lastDay.getTime() + DAY_MS) : undefined,
        sort: filters.sort,
        limit: PAGE,
      },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        enabled: !isNamed || instruments !== undefined,
      },
    ),
  );
}
