'use client';
import { useSyncExternalStore } from 'react';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { type DatasetColumn, readColumns, USUAL_COLUMNS } from './dataset-columns.ts';

const KEY = 'beamdeck.dataset-columns';
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** A browser that keeps nothing (private windows of some) still shows the table. */
function read(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Columns of the dataset table, remembered in this browser, the same in all its tabs. */
export function useDatasetColumns(metrics: readonly TemplateMetric[]) {
  const stored = useSyncExternalStore(subscribe, read, () => null);
  const names = metrics.map(({ name }) => name);
  const columns = readColumns(stored, names) ?? USUAL_COLUMNS;
  const keep = (next: readonly DatasetColumn[] | null) => {
    try {
      if (next === null) window.localStorage.removeItem(KEY);
      else window.localStorage.setItem(KEY, next.join(' '));
    } catch {
      // Kept nowhere: the choice is lost, the table is not.
    }
    for (const listener of listeners) listener();
  };
  const toggle = (id: DatasetColumn) =>
    keep(columns.includes(id) ? columns.filter((each) => each !== id) : [...columns, id]);
  return { columns, toggle, reset: () => keep(null), isChosen: stored !== null };
}
