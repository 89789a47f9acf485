import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { file, fileVersion } from '../../db/schema/index.ts';

export type FileRow = typeof file.$inferSelect;

export async function findFile(q: Queryable, fileId: string): Promise<FileRow | null> {
  const rows = await q.select().from(file).where(eq(file.id, fileId));
  return rows[0] ?? null;
}

/** A former content of a file. */
export async function findFileVersion(
  q: Queryable,
  fileId: string,
  version: number,
): Promise<typeof fileVersion.$inferSelect | null> {
  const rows = await q
    .select()
    .from(fileVersion)
    .where(and(eq(fileVersion.fileId, fileId), eq(fileVersion.version, version)));
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
