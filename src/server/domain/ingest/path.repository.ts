import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable } from '../../db/client.ts';
import { dataset, file, upload } from '../../db/schema/index.ts';

/** Which of these store keys a file or an upload has. */
export async function takenKeys(q: Queryable, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const wanted = [...keys];
  const uploads = q.select({ key: upload.storeKey }).from(upload).where(inArray(upload.storeKey, wanted));
  const files = q.select({ key: file.storeKey }).from(file).where(inArray(file.storeKey, wanted));
  return new Set((await unionAll(uploads, files)).map(({ key }) => key));
}

/** Which of these paths of an experiment are a file's, wherever its bytes lie, or a folder with files in it. */
export async function pathsInUse(
  q: Queryable,
  experimentId: string,
  paths: readonly string[],
): Promise<Set<string>> {
  const of = eq(file.experimentId, experimentId);
  const files = q
    .select({ path: file.path })
    .from(file)
    .where(and(of, inArray(file.path, [...paths])));
  const folders = q
    .selectDistinct({ path: file.parent })
    .from(file)
    .where(and(of, inArray(file.parent, [...paths])));
  return new Set((await unionAll(files, folders)).map(({ path }) => path));
}

/** Which of these bases series of the experiment have whose files the HUB writes under fixed names. */
export async function basesOfStreams(
  q: Queryable,
  experimentId: string,
  bases: readonly string[],
): Promise<Set<string>> {
  if (bases.length === 0) return new Set();
  const rows = await q
    .select({ base: dataset.base })
    .from(dataset)
    .where(
      and(
        eq(dataset.experimentId, experimentId),
        eq(dataset.sourceKind, 'stream'),
        inArray(dataset.base, [...bases]),
      ),
    );
  return new Set(rows.map(({ base }) => base));
}

/** As file writers name the files of one acquisition, behind what they have in common. */
const OF_MASTER = /^(_master|_data_\d+)?\.(h5|hdf5|hdf|nxs)$/i;

/** Whether files that came about before this moment have names that a master of this base and its data files would have. */
export async function hasOlderFiles(
  q: Queryable,
  experimentId: string,
  base: string,
  before: Date,
): Promise<boolean> {
  const { parent, name } = splitStorePath(base);
  const like = and(eq(file.parent, parent), sql`starts_with(${file.name}, ${name})`);
  const rows = await q
    .select({ name: file.name })
    .from(file)
    .where(and(eq(file.experimentId, experimentId), like, lt(file.sourceCreatedAt, before)));
  return rows.some((row) => OF_MASTER.test(row.name.slice(name.length)));
}
