import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { file } from '../../db/schema/index.ts';

/** What somebody ticked: folders with all below them ('' = the whole experiment), datasets with their files, single files. */
export interface Selection {
  folders: readonly string[];
  datasetIds: readonly string[];
  fileIds: readonly string[];
}

export interface SelectedFile extends Record<string, unknown> {
  id: string;
  path: string;
  storeKey: string;
  sizeBytes: number;
  version: number;
  sha256: string;
  at: string;
}

const uuids = (ids: readonly string[]) =>
  sql`array[${sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  )}]::uuid[]`;

/** Of the experiment, each once. A folder is read by the order of paths only as far as it is asked for whole. */
function selected(experimentId: string, { folders, datasetIds, fileIds }: Selection): SQL {
  const parts: SQL[] = [];
  const of = sql`select f.id from ${file} f where f.experiment_id = ${experimentId}`;
  if (folders.includes('')) parts.push(of);
  else {
    for (const folder of folders) {
      parts.push(sql`${of} and (f.parent = ${folder} or starts_with(f.parent, ${`${folder}/`}))`);
    }
  }
  if (datasetIds.length > 0) {
    parts.push(sql`${of} and f.dataset_id = any(${uuids(datasetIds)}) and f.kind <> 'result'`);
  }
  if (fileIds.length > 0) parts.push(sql`${of} and f.id = any(${uuids(fileIds)})`);
  if (parts.length === 0) parts.push(sql`${of} and false`);
  return sql.join(parts, sql` union `);
}

export async function measureSelection(
  q: Queryable,
  experimentId: string,
  selection: Selection,
): Promise<{ files: number; sizeBytes: number }> {
  const { rows } = await q.execute<{ files: number; bytes: number }>(sql`
    select count(*)::float8 as files, coalesce(sum(f.size_bytes), 0)::float8 as bytes
    from ${file} f join (${selected(experimentId, selection)}) chosen on chosen.id = f.id`);
  return { files: rows[0]?.files ?? 0, sizeBytes: rows[0]?.bytes ?? 0 };
}

/** By path. */
export async function listSelection(
  q: Queryable,
  experimentId: string,
  selection: Selection,
  limit: number,
): Promise<SelectedFile[]> {
  const { rows } = await q.execute<SelectedFile>(sql`
    select f.id, f.path, f.store_key as "storeKey", f.size_bytes::float8 as "sizeBytes", f.version, f.sha256,
      coalesce(f.source_settled_at, f.committed_at) as at
    from ${file} f join (${selected(experimentId, selection)}) chosen on chosen.id = f.id
    order by f.path limit ${limit}`);
  return rows;
}
