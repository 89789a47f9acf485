import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { file, formerPlace, job, madeFolder, reassignment, upload } from '../../db/schema/index.ts';
import type { FileRow } from './file.repository.ts';

export type FormerPlaceRow = typeof formerPlace.$inferSelect;

/** False when the folder was made before. */
export async function insertFolder(tx: Transaction, row: typeof madeFolder.$inferInsert): Promise<boolean> {
  const rows = await tx
    .insert(madeFolder)
    .values(row)
    .onConflictDoNothing()
    .returning({ path: madeFolder.path });
  return rows.length > 0;
}

/** One at a time changes where the files of an experiment lie, until the transaction ends. */
export async function lockPlaces(tx: Transaction, experimentId: string): Promise<void> {
  const name = JSON.stringify(['places', experimentId]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/** Files by id, and all that lie in folders and below, held until the transaction ends. */
export async function lockChosen(
  tx: Transaction,
  experimentId: string,
  { folders, fileIds }: { folders: readonly string[]; fileIds: readonly string[] },
  limit: number,
): Promise<FileRow[]> {
  return tx
    .select()
    .from(file)
    .where(
      and(
        eq(file.experimentId, experimentId),
        or(
          inArray(file.id, [...fileIds]),
          ...folders.map(
            (path) => sql`(${file.parent} = ${path} or starts_with(${file.parent}, ${`${path}/`}))`,
          ),
        ),
      ),
    )
    .orderBy(asc(file.id))
    .limit(limit)
    .for('update');
}

/** Gives files other paths; where their bytes lie does not change. One statement. */
export async function setPaths(
  tx: Transaction,
  files: readonly { id: string; path: string }[],
): Promise<void> {
  if (files.length === 0) return;
  const split = files.map(({ path }) => splitStorePath(path));
  const column = <T>(values: readonly T[]) => sql.param(values);
  await tx.execute(sql`
    update ${file} set path = v.path, parent = v.parent, name = v.name
    from unnest(
      ${column(files.map(({ id }) => id))}::uuid[], ${column(files.map(({ path }) => path))}::text[],
      ${column(split.map(({ parent }) => parent))}::text[], ${column(split.map(({ name }) => name))}::text[]
    ) as v(id, path, parent, name)
    where ${file.id} = v.id`);
}

/** Folders that were made, at this path and below it, follow to another. */
export async function moveMadeFolders(
  tx: Transaction,
  experimentId: string,
  from: string,
  to: string,
): Promise<void> {
  await tx.execute(sql`
    update ${madeFolder} set path = ${to} || substr(path, ${from.length + 1}::int)
    where experiment_id = ${experimentId} and (path = ${from} or starts_with(path, ${`${from}/`}))`);
}

/** Folders that were made, at this path and below it, are there no more, unless a file is in one of them. Returns how many. */
export async function forgetEmptyFolders(
  tx: Transaction,
  experimentId: string,
  path: string,
): Promise<number> {
  const { rows } = await tx.execute(sql`
    delete from ${madeFolder} m
    where m.experiment_id = ${experimentId} and (m.path = ${path} or starts_with(m.path, ${`${path}/`}))
      and not exists (select 1 from ${file} f where f.experiment_id = ${experimentId}
        and (f.parent = m.path or starts_with(f.parent, m.path || '/')))
    returning 1`);
  return rows.length;
}

/** Which of these keys an upload that is under way will take. */
export async function keysOfOpenUploads(q: Queryable, keys: readonly string[]): Promise<string[]> {
  const rows = await q
    .select({ key: upload.storeKey })
    .from(upload)
    .where(and(inArray(upload.storeKey, [...keys]), eq(upload.state, 'open')))
    .limit(1);
  return rows.map(({ key }) => key);
}

/** True while a worker brings one of these to another experiment. */
export async function isChangingHands(q: Queryable, fileIds: readonly string[]): Promise<boolean> {
  const rows = await q
    .select({ id: reassignment.id })
    .from(reassignment)
    .where(and(inArray(reassignment.fileId, [...fileIds]), eq(reassignment.state, 'moving')))
    .limit(1);
  return rows.length > 0;
}

/** Notes where files lie that are to lie elsewhere. One noted before has not been left yet. */
export async function noteFormerPlaces(
  tx: Transaction,
  files: readonly Pick<FileRow, 'id' | 'storeKey'>[],
  experimentId: string,
  leftAt: Date,
): Promise<void> {
  if (files.length === 0) return;
  const column = <T>(values: readonly T[]) => sql.param(values);
  await tx.execute(sql`
    insert into ${formerPlace} (store_key, file_id, experiment_id, left_at)
    select v.store_key, v.file_id, ${experimentId}::uuid, ${leftAt.toISOString()}::timestamptz
    from unnest(${column(files.map(({ storeKey }) => storeKey))}::text[], ${column(files.map(({ id }) => id))}::uuid[]) as v(store_key, file_id)
    on conflict (store_key) do update set file_id = excluded.file_id, left_at = excluded.left_at`);
}

/** Has the workers bring the bytes; same transaction as the change. */
export async function enqueuePlacing(q: Queryable): Promise<void> {
  await q.execute(sql`select graphile_worker.add_job('place-files', '{}'::json, job_key => 'place-files')`);
}

/** Places that were left, the oldest first, behind one that was looked at. */
export async function formerPlaces(
  q: Queryable,
  behind: Pick<FormerPlaceRow, 'leftAt' | 'storeKey'> | null,
  limit: number,
): Promise<FormerPlaceRow[]> {
  return q
    .select()
    .from(formerPlace)
    .where(
      behind
        ? sql`(${formerPlace.leftAt}, ${formerPlace.storeKey}) > (${behind.leftAt.toISOString()}::timestamptz, ${behind.storeKey})`
        : undefined,
    )
    .orderBy(asc(formerPlace.leftAt), asc(formerPlace.storeKey))
    .limit(limit);
}

export async function lockFileById(tx: Transaction, fileId: string): Promise<FileRow | null> {
  const rows = await tx.select().from(file).where(eq(file.id, fileId)).for('update');
  return rows[0] ?? null;
}

export async function setStoreKey(tx: Transaction, fileId: string, storeKey: string): Promise<void> {
  await tx.update(file).set({ storeKey }).where(eq(file.id, fileId));
}

/** The uploads a file came from name its place again, when it has no former one any more. */
export async function uploadsFollow(
  tx: Transaction,
  { id, storeKey, path }: Pick<FileRow, 'id' | 'storeKey' | 'path'>,
): Promise<void> {
  await tx.update(upload).set({ storeKey, path }).where(eq(upload.fileId, id));
}

export async function isKeyOfAnyFile(q: Queryable, storeKey: string): Promise<boolean> {
  const rows = await q.select({ id: file.id }).from(file).where(eq(file.storeKey, storeKey)).limit(1);
  return rows.length > 0;
}

/** Whether a job of the experiment that had begun by then is still under way: it may read under the names of that time. */
export async function isReadByJobSince(q: Queryable, experimentId: string, leftAt: Date): Promise<boolean> {
  const rows = await q
    .select({ id: job.id })
    .from(job)
    .where(
      and(
        eq(job.experimentId, experimentId),
        inArray(job.state, ['submitted', 'running']),
        sql`${job.createdAt} <= ${leftAt.toISOString()}::timestamptz`,
      ),
    )
    .limit(1);
  return rows.length > 0;
}

export async function forgetFormerPlace(tx: Transaction, storeKey: string): Promise<void> {
  await tx.delete(formerPlace).where(eq(formerPlace.storeKey, storeKey));
}
