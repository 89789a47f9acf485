import { type SQL, sql } from 'drizzle-orm';
import {
  type EntryChoice,
  type EntryOrder,
  FILE_TYPES,
  type FileType,
  KNOWN_EXTENSIONS,
} from '../../../shared/model/file-types.ts';
import { namePattern } from '../../../shared/model/name-pattern.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import { byNumber } from '../../db/by-number.ts';
import type { Queryable } from '../../db/client.ts';
import { dataset, file } from '../../db/schema/index.ts';
import type { FileRow } from './file.repository.ts';

/** Folders first, then datasets, then files, whatever the order inside each. */
export const ENTRY_RANKS = { folder: 0, dataset: 1, file: 2 } as const;

/** Where a page ends. */
export interface EntryCursor {
  rank: number;
  /** What it is ordered by besides the name, as PostgreSQL writes it; empty in the order of names. */
  value: string;
  name: string;
}

export interface EntryRow extends Record<string, unknown> {
  rank: number;
  name: string;
  value: string;
  id: string | null;
  sizeBytes: number | null;
  /** Of a folder: how many files lie in it and below. */
  files: number | null;
  fileKind: FileRow['kind'] | null;
  datasetId: string | null;
  at: string | null;
  state: DatasetState | null;
  framesStored: number | null;
  framesExpected: number | null;
}

export interface EntryQuestion {
  experimentId: string;
  /** '' = top. */
  parent: string;
  order: EntryOrder;
  falls: boolean;
  /** Of names; as `namePattern` reads it. */
  search?: string | undefined;
  choice?: EntryChoice | undefined;
  after: EntryCursor | null;
  limit: number;
}

const VALUE_TYPES: Readonly<Record<EntryOrder, SQL>> = {
  name: sql.raw('text'),
  size: sql.raw('bigint'),
  time: sql.raw('timestamptz'),
  kind: sql.raw('text'),
};

/** The end of a name as `extensionOf` tells it. */
const extension = (name: SQL) => sql`coalesce(lower(substring(${name} from '[.]([A-Za-z0-9]{1,16})$')), '')`;

const listOf = (texts: readonly string[]) =>
  sql.join(
    texts.map((text) => sql`${text}`),
    sql`, `,
  );

/** Of files: what `fileType` says of the name. */
export function typeCondition(name: SQL, type: FileType | 'other'): SQL {
  return type === 'other'
    ? sql`${extension(name)} not in (${listOf(KNOWN_EXTENSIONS)})`
    : sql`${extension(name)} in (${listOf(FILE_TYPES[type].extensions)})`;
}

/** Entries of one rank: `value` is what they are ordered by besides their names. */
interface Source {
  rank: number;
  name: SQL;
  value: SQL;
  select: (condition: SQL, order: SQL) => SQL;
}

/** Whether somebody made the folder, or one below it: then it is there though no file is. */
export async function isMadeFolder(q: Queryable, experimentId: string, path: string): Promise<boolean> {
  const { rows } = await q.execute(sql`
    select 1 from made_folder where experiment_id = ${experimentId} and (path = ${path} or starts_with(path, ${`${path}/`})) limit 1`);
  return rows.length > 0;
}

/**
 * What lies directly in `parent`. Folders exist through the paths in them, or because somebody made them; the data files of a dataset are folded into one entry. In the order of names a
 * page costs the same wherever it begins and however many files and datasets the folder holds, and by size and time however many files: each is read behind
 * the cursor in the order of an index (`dataset_folder`, `file_parent`, `file_parent_size`, `file_parent_time`), and folder names come from the
 * distinct parents, found by one index probe each. By kind, and with few names that match, the folder is read.
 */
export async function listEntries(q: Queryable, question: EntryQuestion): Promise<EntryRow[]> {
  const { experimentId, parent, order, falls, limit, choice } = question;
  const below = parent === '' ? '' : `${parent}/`;
  const nextSegment = (path: SQL) => sql`split_part(substr(${path}, ${below.length + 1}::int), '/', 1)`;
  // Both exactly as in the index `dataset_folder`.
  const baseParent = sql.raw(`regexp_replace(d.base, '/[^/]*$', '')`);
  const baseName = sql.raw(`regexp_replace(d.base, '^.*/', '')`);
  const datasetSize = sql`coalesce((select sum(f.size_bytes) from ${file} f where f.dataset_id = d.id and f.kind <> 'result'), 0)::bigint`;
  const pattern = namePattern(question.search ?? '');
  const named = (name: SQL) => (pattern ? sql`${name} ilike ${pattern.like}` : sql`true`);
  const type = VALUE_TYPES[order];
  const same = sql`''::text`;

  const sources: Source[] = [
    {
      rank: ENTRY_RANKS.folder,
      name: sql`entry.name`,
      value: { name: same, kind: same, size: sql`entry.size_bytes`, time: sql`entry.at` }[order],
      select: (condition, inOrder) => sql`
        (select ${ENTRY_RANKS.folder}::int as rank, entry.name, ${order === 'size' ? sql`entry.size_bytes::text` : order === 'time' ? sql`entry.at::text` : same} as value,
          null::uuid as id, entry.size_bytes::float8 as "sizeBytes", entry.files::float8 as files, null::text as "fileKind", null::uuid as "datasetId",
          nullif(entry.at, '-infinity') as at, null::text as state, null::float8 as "framesStored", null::float8 as "framesExpected"
        from (select names.name, coalesce(totals.files, 0) as files, coalesce(totals.size_bytes, 0)::bigint as size_bytes, coalesce(totals.at, '-infinity') as at
          from (
            select ${nextSegment(sql`p.parent`)} as name from parents p
            where p.parent <> ${parent} and starts_with(p.parent, ${below})
            union
            select ${nextSegment(sql`p.parent`)} from dataset_parents p
            where p.parent <> ${parent} and starts_with(p.parent, ${below})
            union
            select ${nextSegment(sql`m.path`)} from made_folder m
            where m.experiment_id = ${experimentId} and m.path <> ${parent} and starts_with(m.path, ${below})
          ) names left join totals on totals.name = names.name) entry
        where ${condition} order by ${inOrder} limit ${limit})`,
    },
    {
      rank: ENTRY_RANKS.dataset,
      name: baseName,
      value: { name: same, kind: same, size: datasetSize, time: sql`d.started_at` }[order],
      select: (condition, inOrder) => sql`
        (select ${ENTRY_RANKS.dataset}::int as rank, ${baseName} as name, ${order === 'size' ? sql`${datasetSize}::text` : order === 'time' ? sql`d.started_at::text` : same} as value,
          d.id, ${datasetSize}::float8 as "sizeBytes", null::float8 as files, null::text as "fileKind", d.id as "datasetId", d.started_at as at, d.state,
          d.frames_stored::float8 as "framesStored", d.frames_expected::float8 as "framesExpected"
        from ${dataset} d
        where d.experiment_id = ${experimentId} and ${baseParent} = ${parent} and d.base <> ${parent} and ${condition}
        order by ${inOrder} limit ${limit})`,
    },
    {
      rank: ENTRY_RANKS.file,
      name: sql`f.name`,
      value: { name: same, kind: extension(sql`f.name`), size: sql`f.size_bytes`, time: sql`f.committed_at` }[
        order
      ],
      select: (condition, inOrder) => sql`
        (select ${ENTRY_RANKS.file}::int as rank, f.name, ${order === 'name' ? same : order === 'size' ? sql`f.size_bytes::text` : order === 'time' ? sql`f.committed_at::text` : extension(sql`f.name`)} as value,
          f.id, f.size_bytes::float8 as "sizeBytes", null::float8 as files, f.kind as "fileKind", f.dataset_id as "datasetId", f.committed_at as at,
          null::text as state, null::float8 as "framesStored", null::float8 as "framesExpected"
        from ${file} f
        where f.experiment_id = ${experimentId} and f.parent = ${parent} and not (f.kind = 'data' and f.dataset_id is not null) and ${condition}
        order by ${inOrder} limit ${limit})`,
    },
  ];

  const isAsked = ({ rank }: Source) =>
    choice === undefined ||
    rank === (choice === 'folder' || choice === 'dataset' ? ENTRY_RANKS[choice] : ENTRY_RANKS.file);
  const direction = falls ? sql.raw('desc') : sql.raw('asc');
  const beyond = falls ? sql.raw('<') : sql.raw('>');
  /** Only what the order asks for, so that it is the order of an index. */
  const orderOf = (source: Source) =>
    order === 'name'
      ? sql`${byNumber(source.name)} ${direction}`
      : sql`${source.value} ${direction}, ${byNumber(source.name)} ${direction}`;
  /** Behind the cursor within one kind; null when the cursor is past all of it. */
  const behind = (source: Source): SQL | null => {
    const { after } = question;
    if (!after || source.rank > after.rank) return sql`true`;
    if (source.rank < after.rank) return null;
    return order === 'name'
      ? sql`${byNumber(source.name)} ${beyond} ${after.name}`
      : sql`(${source.value}, ${byNumber(source.name)}) ${beyond} (${after.value}::${type}, ${after.name})`;
  };

  const parts = sources.flatMap((source) => {
    const place = isAsked(source) ? behind(source) : null;
    if (!place) return [];
    const ofType =
      source.rank === ENTRY_RANKS.file && choice !== undefined && choice !== 'folder' && choice !== 'dataset'
        ? typeCondition(source.name, choice)
        : sql`true`;
    return [source.select(sql`${place} and ${named(source.name)} and ${ofType}`, orderOf(source))];
  });
  if (parts.length === 0) return [];
  const inOrder =
    order === 'name'
      ? sql`rank, ${byNumber(sql`name`)} ${direction}`
      : sql`rank, value::${type} ${direction}, ${byNumber(sql`name`)} ${direction}`;
  // In the order of size the value of every rank is a number, in that of time an instant; else a text.
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
    ), totals as (
      select name, sum(files) as files, sum(size_bytes) as size_bytes, max(changed_at) as at from (
        select t.name, t.files, t.size_bytes, t.changed_at from folder_total t where t.experiment_id = ${experimentId} and t.parent = ${parent} and t.path <> ''
        union all
        select ${nextSegment(sql`c.parent`)}, c.files, c.size_bytes, c.changed_at from folder_change c
        where c.experiment_id = ${experimentId} and c.parent <> ${parent} and starts_with(c.parent, ${below})
      ) told group by name
    )
    select * from (${sql.join(parts, sql` union all `)}) entries order by ${inOrder} limit ${limit}`);
  return rows;
}
