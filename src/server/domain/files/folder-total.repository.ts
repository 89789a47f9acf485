import { sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';

export interface FolderTotals {
  files: number;
  sizeBytes: number;
}

/** What lies in a folder and below it, to the last committed file. In one statement, so that a change being folded counts once. */
export async function totalsOfFolder(
  q: Queryable,
  experimentId: string,
  path: string,
): Promise<FolderTotals> {
  const below = path === '' ? '' : `${path}/`;
  const { rows } = await q.execute<{ files: string; bytes: string }>(sql`
    select coalesce(sum(files), 0) as files, coalesce(sum(size_bytes), 0) as bytes from (
      select t.files, t.size_bytes from folder_total t where t.experiment_id = ${experimentId} and t.path = ${path}
      union all
      select c.files, c.size_bytes from folder_change c
      where c.experiment_id = ${experimentId} and (c.parent = ${path} or starts_with(c.parent, ${below}))
    ) told`);
  return { files: Number(rows[0]?.files ?? 0), sizeBytes: Number(rows[0]?.bytes ?? 0) };
}

/** Adds what has changed to the totals of the folders and of those above them. Returns how many changes there were. */
export async function foldFolderChanges(q: Queryable): Promise<number> {
  // In one order, so that two that fold at once wait for each other and never in a circle.
  const { rows } = await q.execute<{ folded: number }>(sql`
    with gone as (delete from folder_change returning experiment_id, parent, files, size_bytes, changed_at),
    by_folder as (
      select experiment_id, string_to_array(parent, '/') as steps, sum(files) as files, sum(size_bytes) as size_bytes, max(changed_at) as changed_at
      from gone group by experiment_id, parent),
    above as (
      select experiment_id, array_to_string(steps[1:depth], '/') as path, array_to_string(steps[1:depth - 1], '/') as parent,
        coalesce(steps[depth], '') as name, files, size_bytes, changed_at
      from by_folder cross join lateral generate_series(0, cardinality(steps)) depth),
    folded as (
      insert into folder_total (experiment_id, path, parent, name, files, size_bytes, changed_at)
      select experiment_id, path, parent, name, sum(files), sum(size_bytes), max(changed_at)
      from above group by experiment_id, path, parent, name order by experiment_id, path
      on conflict (experiment_id, path) do update set
        files = folder_total.files + excluded.files, size_bytes = folder_total.size_bytes + excluded.size_bytes,
        changed_at = greatest(folder_total.changed_at, excluded.changed_at)
      returning experiment_id)
    select count(*)::int as folded from gone`);
  return rows[0]?.folded ?? 0;
}
