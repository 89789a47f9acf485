'use client';
import { parseAsString, useQueryStates } from 'nuqs';
import { beginningOf, endOf } from './licence-words.ts';

const FIELDS = {
  who: parseAsString.withDefault(''),
  action: parseAsString.withDefault(''),
  experiment: parseAsString.withDefault(''),
  from: parseAsString.withDefault(''),
  until: parseAsString.withDefault(''),
};

/** What the audit trail is searched by; it lives in the address, so that a link leads to the same rows. */
export function useAuditSearch(facilityId: string, timeZone: string) {
  const [typed, setTyped] = useQueryStates(FIELDS, { clearOnDefault: true, throttleMs: 300 });
  const search = {
    facilityId,
    who: typed.who || undefined,
    action: typed.action || undefined,
    experimentCode: typed.experiment || undefined,
    from: beginningOf(typed.from, timeZone) ?? undefined,
    until: endOf(typed.until, timeZone) ?? undefined,
  };
  const isNarrowed = Object.values(typed).some((text) => text !== '');
  return { typed, setTyped, search, isNarrowed };
}

/** Where the same rows are as CSV. */
export function csvAddress(search: ReturnType<typeof useAuditSearch>['search']): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined) query.set(name, value instanceof Date ? value.toISOString() : value);
  }
  return `/api/audit?${query}`;
}
