import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { dataset, file } from '../../db/schema/index.ts';

/** Of these paths those that the experiment has no file, or no file below, of. */
export async function absentPaths(
  q: Queryable,
  experimentId: string,
  kind: 'file' | 'folder',
  paths: readonly string[],
): Promise<string[]> {
  const absent: string[] = [];
  for (const path of paths) {
    const there =
      kind === 'file'
        ? eq(file.path, path)
        : or(eq(file.parent, path), sql`starts_with(${file.parent}, ${`${path}/`})`);
    const rows = await q
      .select({ id: file.id })
      .from(file)
      .where(and(eq(file.experimentId, experimentId), there))
      .limit(1);
    if (rows.length === 0) absent.push(path);
  }
  return absent;
}

/** Of these datasets those that are not in the experiment. */
export async function absentDatasets(
  q: Queryable,
  experimentId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(and(eq(dataset.experimentId, experimentId), inArray(dataset.id, [...ids])));
  const there = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !there.has(id.toLowerCase()));
}

/** What a script is told of datasets: the path of the master file, or where there is none what the names of its files begin with. */
export async function datasetPaths(q: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await q
    .select({ id: dataset.id, base: dataset.base, masterPath: file.path })
    .from(dataset)
    .leftJoin(file, eq(file.id, dataset.masterFileId))
    .where(inArray(dataset.id, [...ids]))
    .orderBy(asc(dataset.id));
  return new Map(rows.map(({ id, base, masterPath }) => [id, masterPath ?? base]));
}

/** The names of datasets, for people who read what a run was given. */
export async function datasetBases(q: Queryable, ids: readonly string[]): Promise<Record<string, string>> {
  if (ids.length === 0) return {};
  const rows = await q
    .select({ id: dataset.id, base: dataset.base })
    .from(dataset)
    .where(inArray(dataset.id, [...ids]));
  return Object.fromEntries(rows.map(({ id, base }) => [id, base]));
}
