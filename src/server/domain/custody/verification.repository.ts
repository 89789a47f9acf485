import { and, asc, desc, eq, gt, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { agent, file, fileVersion, person, upload, verification } from '../../db/schema/index.ts';
import type { FileRow } from './place.repository.ts';

export type VerificationRow = typeof verification.$inferSelect;
export type FileVersionRow = typeof fileVersion.$inferSelect;

/** The files of an experiment, or of one of its datasets without what jobs made of it. */
export interface FilesOf {
  experimentId: string;
  datasetId: string | null;
}

function within({ experimentId, datasetId }: FilesOf): SQL | undefined {
  const of = eq(file.experimentId, experimentId);
  return datasetId === null ? of : and(of, eq(file.datasetId, datasetId), ne(file.kind, 'result'));
}

export async function countFiles(q: Queryable, of: FilesOf): Promise<number> {
  const [row] = await q.select({ count: sql<number>`count(*)::int` }).from(file).where(within(of));
  return row!.count;
}

/** In the order of their ids, which is that of their coming; behind `after`, whether or not that is still among them. */
export async function filesInOrder(
  q: Queryable,
  of: FilesOf,
  { after, limit }: { after: string | null; limit: number },
): Promise<FileRow[]> {
  const behind = after === null ? undefined : gt(file.id, after);
  return q
    .select()
    .from(file)
    .where(and(within(of), behind))
    .orderBy(asc(file.id))
    .limit(limit);
}

/** By path, behind `after`. */
export async function filesByPath(
  q: Queryable,
  of: FilesOf,
  after: string | null,
  limit: number,
): Promise<Pick<FileRow, 'path' | 'sha256'>[]> {
  return q
    .select({ path: file.path, sha256: file.sha256 })
    .from(file)
    .where(and(within(of), after === null ? undefined : gt(file.path, after)))
    .orderBy(asc(file.path))
    .limit(limit);
}

export async function findFileRow(q: Queryable, fileId: string): Promise<FileRow | null> {
  const rows = await q.select().from(file).where(eq(file.id, fileId));
  return rows[0] ?? null;
}

/** Former contents of a file, the newest first. */
export async function versionsOf(q: Queryable, fileId: string): Promise<FileVersionRow[]> {
  return q
    .select()
    .from(fileVersion)
    .where(eq(fileVersion.fileId, fileId))
    .orderBy(desc(fileVersion.version));
}

export async function agentOf(
  q: Queryable,
  agentId: string | null,
): Promise<{ id: string; name: string; kind: 'hub' | 'sync' } | null> {
  if (agentId === null) return null;
  const [row] = await q
    .select({ id: agent.id, name: agent.name, kind: agent.kind })
    .from(agent)
    .where(eq(agent.id, agentId));
  return row ?? null;
}

/** Who put the file there with a browser; null where an agent or a job brought it. */
export async function senderOf(q: Queryable, fileId: string): Promise<{ id: string; name: string } | null> {
  const [row] = await q
    .select({ id: person.id, name: person.name })
    .from(upload)
    .innerJoin(person, eq(person.id, upload.personId))
    .where(and(eq(upload.fileId, fileId), eq(upload.state, 'completed')))
    .orderBy(desc(upload.completedAt))
    .limit(1);
  return row ?? null;
}

/** The verification of just these files that is not finished yet. */
export async function unfinishedOf(q: Queryable, of: FilesOf): Promise<VerificationRow | null> {
  const [row] = await q
    .select()
    .from(verification)
    .where(
      and(
        eq(verification.experimentId, of.experimentId),
        of.datasetId === null ? isNull(verification.datasetId) : eq(verification.datasetId, of.datasetId),
        isNull(verification.finishedAt),
      ),
    )
    .limit(1);
  return row ?? null;
}

/** Serialises the start of verifications of an experiment until the transaction ends. */
export async function lockVerifications(tx: Transaction, experimentId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`verify:${experimentId}`}, 0))`);
}

export async function insertVerification(
  tx: Transaction,
  row: typeof verification.$inferInsert,
): Promise<void> {
  await tx.insert(verification).values(row);
}

export async function findVerification(q: Queryable, id: string): Promise<VerificationRow | null> {
  const rows = await q.select().from(verification).where(eq(verification.id, id));
  return rows[0] ?? null;
}

/** False when somebody else has gone on meanwhile. */
export async function advance(
  tx: Transaction,
  before: Pick<VerificationRow, 'id' | 'filesChecked'>,
  changes: Pick<
    VerificationRow,
    'filesChecked' | 'lastFileId' | 'bytesChecked' | 'faults' | 'finishedAt' | 'filesTotal'
  >,
): Promise<boolean> {
  const rows = await tx
    .update(verification)
    .set(changes)
    .where(
      and(
        eq(verification.id, before.id),
        eq(verification.filesChecked, before.filesChecked),
        isNull(verification.finishedAt),
      ),
    )
    .returning({ id: verification.id });
  return rows.length > 0;
}

/** Verifications of an experiment, the newest first; of a dataset those that looked at it. */
export async function listVerifications(q: Queryable, of: FilesOf, limit: number) {
  return q
    .select({
      id: verification.id,
      datasetId: verification.datasetId,
      requestedByName: person.name,
      createdAt: verification.createdAt,
      finishedAt: verification.finishedAt,
      filesTotal: verification.filesTotal,
      filesChecked: verification.filesChecked,
      bytesChecked: verification.bytesChecked,
      faults: verification.faults,
    })
    .from(verification)
    .leftJoin(person, eq(person.id, verification.requestedBy))
    .where(
      and(
        eq(verification.experimentId, of.experimentId),
        of.datasetId === null
          ? undefined
          : or(isNull(verification.datasetId), eq(verification.datasetId, of.datasetId)),
      ),
    )
    .orderBy(desc(verification.createdAt), desc(verification.id))
    .limit(limit);
}

/** Has the workers go on; same transaction as the progress. */
export async function enqueueVerify(q: Queryable, verificationId: string): Promise<void> {
  await q.execute(sql`
    select graphile_worker.add_job(
      'verify-data',
      json_build_object('verificationId', ${verificationId}::text),
      job_key => ${`verify-data:${verificationId}`}::text
    )`);
}

export async function unfinishedIds(q: Queryable): Promise<string[]> {
  const rows = await q
    .select({ id: verification.id })
    .from(verification)
    .where(isNull(verification.finishedAt));
  return rows.map(({ id }) => id);
}
