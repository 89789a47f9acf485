import type { DatasetState } from '#src/shared/model/states.ts';

/** One thing in the tray: a dataset, or a file that belongs to none. */
export interface TrayRow {
  kind: 'dataset' | 'file';
  id: string;
  /** Base of the dataset or path of the file, as the source named it. */
  path: string;
  /** Why nobody could tell whose it is. */
  reason: string;
  /** When it was acquired, server's clock. */
  at: Date;
  /** Detector, or watched folder. */
  source: string;
  sizeBytes: number | null;
  /** Of a dataset. */
  frames: { state: DatasetState; framesStored: number; framesExpected: number | null } | null;
  /** Code of the experiment it is on its way to. */
  movingTo: string | null;
  /** What went wrong when it was given the last time. */
  failure: string | null;
}

export const trayKey = ({ kind, id }: Pick<TrayRow, 'kind' | 'id'>): string => `${kind}:${id}`;

/** Whether all words of the search are somewhere in the row. */
export function matches(row: TrayRow, search: string): boolean {
  const text = `${row.path} ${row.reason} ${row.source}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Why a row cannot be given away now; null when it can. */
export function notGivable(row: TrayRow): string | null {
  if (row.movingTo !== null) return `on its way to ${row.movingTo}`;
  return row.frames?.state === 'receiving' ? 'still receiving' : null;
}
