import { and, asc, desc, eq, inArray, lte, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { DELETION_TRANSITIONS, type DeletionState, statesBefore } from '../../../shared/model/states.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  deletion,
  deletionFile,
  file,
  fileVersion,
  formerPlace,
  frameTable,
  frameValues,
  person,
  reassignment,
  upload,
} from '../../db/schema/index.ts';
import type { FileRow } from './file.repository.ts';

export type DeletionRow = typeof deletion.$inferSelect;

export async function insertDeletion(
  tx: Transaction,
  row: typeof deletion.$inferInsert,
  files: readonly Pick<FileRow, 'id' | 'version'>[],
): Promise<void> {
  await tx.insert(deletion).values(row);
  const column = <T>(values: readonly T[]) => sql.param(values);
  await tx.execute(sql`
    insert into ${deletionFile} (file_id, deletion_id, version)
    select v.file_id, ${row.id}::uuid, v.version
    from unnest(${column(files.map(({ id }) => id))}::uuid[], ${column(files.map(({ version }) => version))}::int[]) as v(file_id, version)`);
}

/** Which of these files a deletion names that is not decided against. */
export async function inDeletions(q: Queryable, fileIds: readonly string[]): Promise<string[]> {
  const rows = await q
    .select({ id: deletionFile.fileId })
    .from(deletionFile)
    .where(sql`${deletionFile.fileId} = any(${sql.param([...fileIds])}::uuid[])`);
  return rows.map(({ id }) => id);
}

export async function nameOfPerson(q: Queryable, personId: string): Promise<string> {
  const [row] = await q.select({ name: person.name }).from(person).where(eq(person.id, personId));
  return row!.name;
}

export async function findDeletion(q: Queryable, id: string): Promise<DeletionRow | null> {
  const rows = await q.select().from(deletion).where(eq(deletion.id, id));
  return rows[0] ?? null;
}

/** Those that wait or are to go, and the newest of the others. */
export async function listDeletions(q: Queryable, experimentId: string, limit: number) {
  const asked = alias(person, 'asked');
  const decided = alias(person, 'decided');
  return q
    .select({
      id: deletion.id,
      paths: deletion.paths,
      files: deletion.files,
      sizeBytes: deletion.sizeBytes,
      state: deletion.state,
      reason: deletion.reason,
      askedById: deletion.askedBy,
      askedBy: asked.name,
      askedAt: deletion.askedAt,
      decidedBy: decided.name,
      decidedAt: deletion.decidedAt,
      goesAt: deletion.goesAt,
      endedAt: deletion.endedAt,
      filesGone: deletion.filesGone,
    })
    .from(deletion)
    .innerJoin(asked, eq(asked.id, deletion.askedBy))
    .leftJoin(decided, eq(decided.id, deletion.decidedBy))
    .where(eq(deletion.experimentId, experimentId))
    .orderBy(desc(sql`${deletion.state} in ('asked', 'granted')`), desc(deletion.askedAt))
    .limit(limit);
}

/** False when it stands otherwise by now. */
export async function setDeletion(
  tx: Transaction,
  id: string,
  state: DeletionState,
  changes: Partial<typeof deletion.$inferInsert>,
): Promise<boolean> {
  const rows = await tx
    .update(deletion)
    .set({ ...changes, state })
    .where(and(eq(deletion.id, id), inArray(deletion.state, statesBefore(DELETION_TRANSITIONS, state))))
    .returning({ id: deletion.id });
  return rows.length > 0;
}

export async function releaseFiles(tx: Transaction, deletionId: string): Promise<void> {
  await tx.delete(deletionFile).where(eq(deletionFile.deletionId, deletionId));
}

export async function dueDeletions(q: Queryable, at: Date): Promise<DeletionRow[]> {
  return q
    .select()
    .from(deletion)
    .where(and(eq(deletion.state, 'granted'), lte(deletion.goesAt, at)))
    .orderBy(asc(deletion.goesAt));
}

export async function filesOfDeletion(q: Queryable, deletionId: string, limit: number) {
  return q
    .select({ fileId: deletionFile.fileId, version: deletionFile.version })
    .from(deletionFile)
    .where(eq(deletionFile.deletionId, deletionId))
    .orderBy(asc(deletionFile.fileId))
    .limit(limit);
}

export async function releaseFile(tx: Transaction, fileId: string): Promise<void> {
  await tx.delete(deletionFile).where(eq(deletionFile.fileId, fileId));
}

/** True while somebody sends the file anew. */
export async function isBeingRewritten(q: Queryable, fileId: string): Promise<boolean> {
  const rows = await q
    .select({ id: upload.id })
    .from(upload)
    .where(and(eq(upload.replacesFileId, fileId), eq(upload.state, 'open')))
    .limit(1);
  return rows.length > 0;
}

/** Every key under which bytes of the file lie. */
export async function keysOfFile(q: Queryable, { id, storeKey }: FileRow): Promise<string[]> {
  const versions = await q
    .select({ key: fileVersion.storeKey })
    .from(fileVersion)
    .where(eq(fileVersion.fileId, id));
  const former = await q
    .select({ key: formerPlace.storeKey })
    .from(formerPlace)
    .where(eq(formerPlace.fileId, id));
  return [storeKey, ...versions.map(({ key }) => key), ...former.map(({ key }) => key)];
}

/** Takes the file out of the records; the audit keeps what it was. */
export async function removeFileRecords(tx: Transaction, fileId: string): Promise<void> {
  await releaseFile(tx, fileId);
  await tx.delete(fileVersion).where(eq(fileVersion.fileId, fileId));
  await tx.delete(formerPlace).where(eq(formerPlace.fileId, fileId));
  await tx.delete(frameTable).where(eq(frameTable.fileId, fileId));
  await tx.delete(frameValues).where(eq(frameValues.fileId, fileId));
  await tx.delete(upload).where(or(eq(upload.fileId, fileId), eq(upload.replacesFileId, fileId)));
  await tx.update(reassignment).set({ fileId: null }).where(eq(reassignment.fileId, fileId));
  await tx.delete(file).where(eq(file.id, fileId));
}

export async function countGone(tx: Transaction, deletionId: string): Promise<void> {
  await tx
    .update(deletion)
    .set({ filesGone: sql`coalesce(${deletion.filesGone}, 0) + 1` })
    .where(eq(deletion.id, deletionId));
}
