import { and, asc, eq, inArray, ne, type SQL, sql } from 'drizzle-orm';
import type { DatasetState } from '../../../shared/model/states.ts';
import { byNumber } from '../../db/by-number.ts';
import type { Queryable } from '../../db/client.ts';
import { dataset, file } from '../../db/schema/index.ts';

export type FileRow = typeof file.$inferSelect;

export async function findFile(q: Queryable, fileId: string): Promise<FileRow | null> {
  const rows = await q.select().from(file).where(eq(file.id, fileId));
  return rows[0] ?? null;
}

/** The files of an experiment under these paths, in no order. */
export async function findFilesAt(
  q: Queryable,
  experimentId: string,
  paths: readonly string[],
): Promise<FileRow[]> {
  return q
    .select()
    .from(file)
    .where(and(eq(file.experimentId, experimentId), inArray(file.path, [...paths])));
}

/** The files of a dataset by path: its data files in order, and the master. What jobs made of it lies elsewhere. */
export async function listFilesOfDataset(q: Queryable, datasetId: string, limit: number): Promise<FileRow[]> {
  return q
    .select()
    .from(file)
    .where(and(eq(file.datasetId, datasetId), ne(file.kind, 'result')))
    .orderBy(asc(file.path))
    .limit(limit);
}

export async function insertFile(q: Queryable, row: typeof file.$inferInsert): Promise<void> {
  await q.insert(file).values(row);
}

/** The file under a path of an experiment, held against other changes until the transaction ends. */
export async function lockFileAt(q: Queryable, experimentId: string, path: string): Promise<FileRow | null> {
  const rows = await q
    .select()
    .from(file)
    .where(sql`${file.experimentId} = ${experimentId} and ${file.path} = ${path}`)
    .for('update');
  return rows[0] ?? null;
}

export async function replaceFile(
  q: Queryable,
  fileId: string,
  changes: Pick<FileRow, 'sizeBytes' | 'sha256' | 'storedAt' | 'committedAt'>,
): Promise<void> {
  await q.update(file).set(changes).where(eq(file.id, fileId));
}

/** Folders first, then datasets, then files; by name inside each, A2 before A10. The order and the cursor of a folder listing. */
export const ENTRY_RANKS = { folder: 0, dataset: 1, file: 2 } as const;
export interface EntryCursor {
  rank: number;
  name: string;
}

export interface EntryRow extends Record<string, unknown> {
  rank: number;
  name: string;
  id: string | null;
  sizeBytes: number | null;
  fileKind: FileRow['kind'] | null;
  datasetId: string | null;
  at: string | null;
  state: DatasetState | null;
  framesStored: number | null;
  framesExpected: number | null;
}

/**
 * What lies directly in `parent` ('' = top). Folders exist through the paths in them; the data files of a dataset are folded into
 * one entry. A page costs the same wherever it begins and however many files and datasets the folder holds: each kind is read behind the cursor
 * in the order of an index (`dataset_folder`, `file_parent`), and folder names come from the distinct parents, found by one index probe each.
 */
export async function listEntries(
  q: Queryable,
  input: { experimentId: string; parent: string; after: EntryCursor | null; limit: number },
): Promise<EntryRow[]> {
  const { experimentId, parent, limit } = input;
  const below = parent === '' ? '' : `${parent}/`;
  const nextSegment = (path: SQL) => sql`split_part(substr(${path}, ${below.length + 1}::int), '/', 1)`;
  // Both exactly as in the index `dataset_folder`.
  const baseParent = sql.raw(`regexp_replace(d.base, '/[^/]*$', '')`);
  const baseName = sql.raw(`regexp_replace(d.base, '^.*/', '')`);
  const after = input.after ?? { rank: -1, name: '' };
  /** Behind the cursor within one kind; null when the cursor is past all of it. */
  const behind = (rank: number, name: SQL): SQL | null =>
    rank < after.rank ? null : rank === after.rank ? sql`${byNumber(name)} > ${after.name}` : sql`true`;

  const parts: SQL[] = [];
  const folders = behind(ENTRY_RANKS.folder, sql`name`);
  if (folders) {
    parts.push(sql`
      (select ${ENTRY_RANKS.folder}::int as rank, name, null::uuid as id, null::float8 as "sizeBytes", null::text as "fileKind",
        null::uuid as "datasetId", null::timestamptz as at, null::text as state, null::float8 as "framesStored", null::float8 as "framesExpected"
      from (
        select ${nextSegment(sql`p.parent`)} as name from parents p
        where p.parent <> ${parent} and starts_with(p.parent, ${below})
        union
        select ${nextSegment(sql`p.parent`)} from dataset_parents p
        where p.parent <> ${parent} and starts_with(p.parent, ${below})
      ) folders where ${folders} order by ${byNumber(sql`name`)} limit ${limit})`);
  }
  const datasets = behind(ENTRY_RANKS.dataset, baseName);
  if (datasets) {
    parts.push(sql`
      (select ${ENTRY_RANKS.dataset}::int as rank, ${baseName} as name, d.id,
        (select sum(f.size_bytes)::float8 from ${file} f where f.dataset_id = d.id and f.kind <> 'result') as "sizeBytes", null::text as "fileKind",
        d.id as "datasetId", d.started_at as at, d.state, d.frames_stored::float8 as "framesStored", d.frames_expected::float8 as "framesExpected"
      from ${dataset} d
      where d.experiment_id = ${experimentId} and ${baseParent} = ${parent} and d.base <> ${parent} and ${datasets}
      order by ${byNumber(baseName)} limit ${limit})`);
  }
  parts.push(sql`
      (select ${ENTRY_RANKS.file}::int as rank, f.name, f.id, f.size_bytes::float8 as "sizeBytes", f.kind as "fileKind",
        f.dataset_id as "datasetId", f.committed_at as at, null::text as state, null::float8 as "framesStored", null::float8 as "framesExpected"
      from ${file} f
      where f.experiment_id = ${experimentId} and f.parent = ${parent} and not (f.kind = 'data' and f.dataset_id is not null)
        and ${behind(ENTRY_RANKS.file, sql`f.name`)!}
      order by ${byNumber(sql`f.name`)} limit ${limit})`);
  const { rows } = await q.execute<EntryRow>(sql`
    with recursive parents as (
      (select f.parent from ${file} f where f.experiment_id = ${experimentId} order by f.parent limit 1)
      union all
      select (select f.parent from ${file} f where f.experiment_id = ${experimentId} and f.parent > p.parent order by f.parent limit 1)
      from parents p where p.parent is not null
    ), dataset_parents as (
      (select ${baseParent} as parent from ${dataset} d where d.experiment_id = ${experimentId} order by ${baseParent} limit 1)
      union all
      select (select ${baseParent} from ${dataset} d where d.experiment_id = ${experimentId} and ${baseParent} > p.parent order by ${baseParent} limit 1)
      from dataset_parents p where p.parent is not null
    )
    select * from (${sql.join(parts, sql` union all `)}) entries order by rank, ${byNumber(sql`name`)} limit ${limit}`);
  return rows;
}
