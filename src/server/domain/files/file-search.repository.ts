import { type SQL, sql } from 'drizzle-orm';
import type { FileType } from '../../../shared/model/file-types.ts';
import { namePattern } from '../../../shared/model/name-pattern.ts';
import type { Queryable } from '../../db/client.ts';
import { file } from '../../db/schema/index.ts';
import type { FileRow } from './file.repository.ts';
import { typeCondition } from './folder-list.repository.ts';

/** Files looked at for one answer: about a quarter of a second where hardly a name matches. */
export const FILES_EXAMINED = 200_000;

export type FoundFile = Pick<
  FileRow,
  'id' | 'path' | 'name' | 'kind' | 'datasetId' | 'sizeBytes' | 'committedAt'
>;

export interface FileSearch {
  experimentId: string;
  /** In this folder and below; '' = everywhere. */
  within: string;
  search: string;
  type?: FileType | 'other' | undefined;
  /** Behind this path. */
  after: string | null;
  limit: number;
}

interface FoundRow extends Record<string, unknown> {
  id: string;
  path: string;
  name: string;
  kind: FileRow['kind'];
  datasetId: string | null;
  sizeBytes: number;
  at: string;
}

/**
 * Files by path whose names match, out of the next `FILES_EXAMINED` behind the cursor; and the path up to which all were looked at when there are more,
 * else null. No index knows what stands somewhere in a name, so the work of one answer is bounded instead.
 */
export async function searchFiles(
  q: Queryable,
  { experimentId, within, search, type, after, limit }: FileSearch,
): Promise<{ files: FoundFile[]; examinedTo: string | null }> {
  const pattern = namePattern(search);
  const beyond = after === null ? sql`true` : sql`f.path > ${after}`;
  const conditions: SQL[] = [
    pattern ? sql`${pattern.ofPath ? sql`s.path` : sql`s.name`} ilike ${pattern.like}` : sql`true`,
    type ? typeCondition(sql`s.name`, type) : sql`true`,
    within === '' ? sql`true` : sql`starts_with(s.path, ${`${within}/`})`,
  ];
  const { rows } = await q.execute<FoundRow>(sql`
    select s.id, s.path, s.name, s.kind, s.dataset_id as "datasetId", s.size_bytes::float8 as "sizeBytes", s.committed_at as at
    from (
      select f.id, f.path, f.name, f.kind, f.dataset_id, f.size_bytes, f.committed_at from ${file} f
      where f.experiment_id = ${experimentId} and ${beyond} order by f.path limit ${FILES_EXAMINED}
    ) s where ${sql.join(conditions, sql` and `)} order by s.path limit ${limit}`);
  const files = rows.map(({ at, ...row }) => ({ ...row, committedAt: new Date(at) }));
  if (files.length === limit) return { files, examinedTo: files.at(-1)!.path };
  const { rows: ends } = await q.execute<{ path: string }>(sql`
    select f.path from ${file} f where f.experiment_id = ${experimentId} and ${beyond}
    order by f.path offset ${FILES_EXAMINED - 1} limit 1`);
  return { files, examinedTo: ends[0]?.path ?? null };
}
