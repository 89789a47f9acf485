import { z } from 'zod';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { EntryChoice, EntryOrder, FileType } from '../../../shared/model/file-types.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import type { FileRow } from './file.repository.ts';
import { FILES_EXAMINED, searchFiles } from './file-search.repository.ts';
import {
  ENTRY_RANKS,
  type EntryCursor,
  type EntryRow,
  isMadeFolder,
  listEntries,
} from './folder-list.repository.ts';
import { type FolderTotals, foldFolderChanges, totalsOfFolder } from './folder-total.repository.ts';

export type FileEntry = {
  kind: 'file';
  name: string;
  path: string;
  fileId: string;
  fileKind: FileRow['kind'];
  datasetId: string | null;
  sizeBytes: number;
  committedAt: Date;
};

export type FolderEntry =
  | {
      kind: 'folder';
      name: string;
      path: string;
      /** In it and below. */
      files: number;
      sizeBytes: number;
      /** When the newest of them became visible; null where none has come yet. */
      changedAt: Date | null;
    }
  | {
      kind: 'dataset';
      name: string;
      path: string;
      datasetId: string;
      state: DatasetState;
      framesStored: number;
      framesExpected: number | null;
      sizeBytes: number;
      startedAt: Date;
    }
  | FileEntry;

const cursorShape = z.tuple([z.int().min(0).max(2), z.string().max(64), z.string().min(1).max(1000)]);
/** What PostgreSQL reads as the value of an order. */
const VALUES: Readonly<Record<EntryOrder, RegExp>> = {
  name: /^$/,
  size: /^(-?\d{1,18})$/,
  time: /^(-infinity|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?)$/,
  kind: /^[a-z0-9]{0,16}$/,
};

function parseCursor(cursor: string | null | undefined, order: EntryOrder): EntryCursor | null {
  if (!cursor) return null;
  const refused = new AppError('BAD_INPUT', 'The cursor is not one of this list.');
  let read: unknown;
  try {
    read = JSON.parse(cursor);
  } catch {
    throw refused;
  }
  const found = cursorShape.safeParse(read);
  if (!found.success || found.data[2].includes('\0')) throw refused;
  const [rank, value, name] = found.data;
  const isText = rank !== ENTRY_RANKS.file && order === 'kind';
  if (!(isText ? value === '' : VALUES[order].test(value))) throw refused;
  if (order === 'time' && value !== '-infinity' && Number.isNaN(Date.parse(value.slice(0, 19))))
    throw refused;
  return { rank, value, name };
}

function entryOf(row: EntryRow, parent: string): FolderEntry {
  const { name } = row;
  const path = parent === '' ? name : `${parent}/${name}`;
  if (row.rank === ENTRY_RANKS.folder) {
    return {
      ...{ kind: 'folder', name, path, files: row.files ?? 0, sizeBytes: row.sizeBytes ?? 0 },
      changedAt: row.at === null ? null : new Date(row.at),
    };
  }
  if (row.rank === ENTRY_RANKS.dataset) {
    return {
      kind: 'dataset',
      name,
      path,
      datasetId: row.id!,
      state: row.state!,
      framesStored: row.framesStored!,
      framesExpected: row.framesExpected,
      sizeBytes: row.sizeBytes ?? 0,
      startedAt: new Date(row.at!),
    };
  }
  return {
    kind: 'file',
    name,
    path,
    fileId: row.id!,
    fileKind: row.fileKind!,
    datasetId: row.datasetId,
    sizeBytes: row.sizeBytes!,
    committedAt: new Date(row.at!),
  };
}

/** PostgreSQL keeps no U+0000, so nothing is found by it. */
const withoutNull = (text: string | undefined) => text?.replaceAll('\0', ' ');

/** The files of an experiment as one looks through them. */
export function createFolderLists({ db }: { db: Database }) {
  return {
    /** Entries of a folder ('' = top of the experiment): folders, datasets (their data files folded into one entry), files; in each by `order`. */
    async listFolder(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        parent: string;
        order?: EntryOrder | undefined;
        falls?: boolean | undefined;
        search?: string | undefined;
        choice?: EntryChoice | undefined;
        cursor?: string | null | undefined;
        limit: number;
      },
    ): Promise<{ entries: FolderEntry[]; nextCursor: string | null; isMade: boolean }> {
      const { experimentId, parent, limit, order = 'name', falls = false, choice } = input;
      await requireExperiment(db, ctx, experimentId, 'experiment.view');
      const after = parseCursor(input.cursor, order);
      const search = withoutNull(input.search);
      const rows = await listEntries(db, {
        ...{ experimentId, parent, order, falls, search, choice, after, limit: limit + 1 },
      });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return {
        entries: shown.map((row) => entryOf(row, parent)),
        nextCursor:
          rows.length > shown.length && last ? JSON.stringify([last.rank, last.value, last.name]) : null,
        // An empty one is told from one that is not there.
        isMade: rows.length === 0 && (await isMadeFolder(db, experimentId, parent)),
      };
    },

    /** How much lies in a folder and below it. */
    async folderTotals(
      ctx: ServiceContext,
      input: { experimentId: string; path: string },
    ): Promise<FolderTotals> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return totalsOfFolder(db, input.experimentId, input.path);
    },

    /**
     * Files of the experiment whose names match, by path. An answer looks at `FILES_EXAMINED` files at most, so it may hold none and still name a cursor:
     * behind it the search goes on.
     */
    async searchFiles(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        within: string;
        search: string;
        type?: FileType | 'other' | undefined;
        cursor?: string | null | undefined;
        limit: number;
      },
    ): Promise<{ entries: FileEntry[]; nextCursor: string | null; examinedAtOnce: number }> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      const { experimentId, within, type, limit } = input;
      const found = await searchFiles(db, {
        ...{ experimentId, within, type, limit },
        search: withoutNull(input.search) ?? '',
        after: withoutNull(input.cursor ?? undefined) ?? null,
      });
      return {
        entries: found.files.map(({ id, kind: fileKind, ...file }) => ({
          ...{ kind: 'file', fileId: id, fileKind },
          ...file,
        })),
        nextCursor: found.examinedTo,
        examinedAtOnce: FILES_EXAMINED,
      };
    },

    /** Brings the kept totals of folders up to date. For the system. */
    async foldFolders(ctx: ServiceContext): Promise<{ changes: number }> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      return { changes: await db.transaction((tx) => foldFolderChanges(tx)) };
    },
  };
}
