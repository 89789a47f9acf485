import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { file } from '../../db/schema/index.ts';

export type StandingFile = Pick<
  typeof file.$inferSelect,
  'id' | 'path' | 'kind' | 'agentId' | 'datasetId' | 'sizeBytes' | 'sha256' | 'storeKey'
>;

/** The files of the experiment under these paths. */
export async function filesAt(
  q: Queryable,
  experimentId: string,
  paths: readonly string[],
): Promise<StandingFile[]> {
  return q
    .select({
      id: file.id,
      path: file.path,
      kind: file.kind,
      agentId: file.agentId,
      datasetId: file.datasetId,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      storeKey: file.storeKey,
    })
    .from(file)
    .where(and(eq(file.experimentId, experimentId), inArray(file.path, [...paths])));
}

/**
 * Which of these paths are folders of the experiment: with files in them or below, or made by somebody. By the totals of folders, so that it costs the
 * same in a large experiment.
 */
export async function foldersAt(
  q: Queryable,
  experimentId: string,
  paths: readonly string[],
): Promise<Set<string>> {
  const wanted = sql`unnest(${sql.param([...paths])}::text[]) wanted(path)`;
  const { rows } = await q.execute<{ path: string }>(sql`
    select told.path from (
      select wanted.path, t.files from ${wanted}
        join folder_total t on t.experiment_id = ${experimentId} and t.path = wanted.path
      union all
      select wanted.path, c.files from ${wanted}
        join folder_change c on c.experiment_id = ${experimentId} and (c.parent = wanted.path or starts_with(c.parent, wanted.path || '/'))
      union all
      select wanted.path, 1 from ${wanted}
        join made_folder m on m.experiment_id = ${experimentId} and (m.path = wanted.path or starts_with(m.path, wanted.path || '/'))
    ) told group by told.path having sum(told.files) > 0`);
  return new Set(rows.map(({ path }) => path));
}
