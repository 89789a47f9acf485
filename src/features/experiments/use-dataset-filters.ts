'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { ACQUISITION_MARKS } from '#src/shared/model/acquisition-fields.ts';
import { ACQUISITION_KINDS, DATASET_STATES } from '#src/shared/model/states.ts';

/** The filters of the datasets as they stand in the address: a link shows the other what the sender saw. */
const FILTERS = {
  q: parseAsString.withDefault(''),
  state: parseAsStringLiteral(DATASET_STATES),
  kind: parseAsStringLiteral(ACQUISITION_KINDS),
  mark: parseAsStringLiteral([...ACQUISITION_MARKS, 'none'] as const),
  /** By its name. */
  sample: parseAsString,
  nosample: parseAsBoolean.withDefault(false),
  /** Name of a metric, `-name` from high to low; empty: the newest first. */
  sort: parseAsString.withDefault(''),
};

export function useDatasetFilters() {
  const [filters, setFilters] = useQueryStates(FILTERS, { clearOnDefault: true, throttleMs: 300 });
  const { sort: _, ...narrowing } = filters;
  const isFiltered = Object.values(narrowing).some(
    (value) => value !== null && value !== '' && value !== false,
  );
  const clear = () =>
    void setFilters({ q: null, state: null, kind: null, mark: null, sample: null, nosample: null });
  return { filters, setFilters, isFiltered, clear };
}

export type DatasetFilters = ReturnType<typeof useDatasetFilters>['filters'];

/** As the server is asked. */
export function askedBy({ q, state, kind, mark, sample, nosample, sort }: DatasetFilters) {
  const falls = sort.startsWith('-');
  return {
    search: q || undefined,
    state: state ?? undefined,
    kind: kind ?? undefined,
    mark: mark ?? undefined,
    sample: nosample ? undefined : sample || undefined,
    withoutSample: nosample || undefined,
    sort: sort === '' || sort === '-' ? undefined : { metric: falls ? sort.slice(1) : sort, falls },
  };
}
