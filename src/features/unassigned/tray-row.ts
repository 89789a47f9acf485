import type { CustodyService } from '#src/server/domain/custody/custody.service.ts';
import type { FrameFacts } from '#src/shared/model/frame-words.ts';

export type Tray = Awaited<ReturnType<CustodyService['tray']>>;
/** One thing that was given to an experiment, and how far its bytes have followed. */
export type TrayMove = Tray['moves'][number];

/** One thing in the tray: a dataset, or a file that belongs to none. */
export interface TrayRow {
  kind: 'dataset' | 'file';
  id: string;
  /** Base of the dataset; of a file where it lay in its watched folder. */
  path: string;
  /** Why nobody could tell whose it is. */
  reason: string;
  /** When it was acquired, server's clock. */
  at: Date;
  /** Detector, or watched folder. */
  source: string;
  /** Of a file. */
  sizeBytes: number | null;
  /** Of a dataset. */
  frames: FrameFacts | null;
}

export const trayKey = ({ kind, id }: Pick<TrayRow, 'kind' | 'id'>): string => `${kind}:${id}`;

/** Everything in the tray as rows, the newest first. */
export function trayRows({ datasets, files }: Pick<Tray, 'datasets' | 'files'>): TrayRow[] {
  const rows: TrayRow[] = [
    ...datasets.map(({ id, base, reason, startedAt, detectorName, ...frames }) => ({
      kind: 'dataset' as const,
      id,
      path: base.replace(/^raw\//, ''),
      reason: reason ?? '',
      at: startedAt,
      source: detectorName,
      sizeBytes: null,
      frames,
    })),
    ...files.map(({ id, path, source, sourcePath, reason, sizeBytes, sourceCreatedAt, committedAt }) => ({
      kind: 'file' as const,
      id,
      path: sourcePath ?? path,
      reason: reason ?? '',
      at: sourceCreatedAt ?? committedAt,
      source: source ?? '',
      sizeBytes,
      frames: null,
    })),
  ];
  return rows.sort((a, b) => b.at.getTime() - a.at.getTime());
}

/** Whether all words of the search are somewhere in the row. */
export function matches(row: TrayRow, search: string): boolean {
  const text = `${row.path} ${row.reason} ${row.source}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Why a row cannot be given away now; null when it can. */
export const notGivable = (row: TrayRow): string | null =>
  row.frames?.state === 'receiving'
    ? 'It is still being received: give it to an experiment when it has ended.'
    : null;
