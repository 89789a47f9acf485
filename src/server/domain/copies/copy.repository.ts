import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { experimentCopy, file, person } from '../../db/schema/index.ts';

export type CopiedFile = Pick<
  typeof file.$inferSelect,
  'id' | 'path' | 'sizeBytes' | 'sha256' | 'version' | 'sourceSettledAt' | 'changedTxid'
>;

const COLUMNS = {
  id: file.id,
  path: file.path,
  sizeBytes: file.sizeBytes,
  sha256: file.sha256,
  version: file.version,
  sourceSettledAt: file.sourceSettledAt,
  changedTxid: sql<string>`${file.changedTxid}::text`,
};

/** Every transaction before `settled` has ended; none from `unborn` on has begun. */
export async function transactionMarks(q: Queryable): Promise<{ settled: string; unborn: string }> {
  const { rows } = await q.execute<{ settled: string; unborn: string }>(
    sql`select pg_snapshot_xmin(s)::text as settled, pg_snapshot_xmax(s)::text as unborn from pg_current_snapshot() s`,
  );
  return rows[0]!;
}

/** By path, behind `after`. */
export async function filesBehind(
  q: Queryable,
  experimentId: string,
  after: string | null,
  limit: number,
): Promise<CopiedFile[]> {
  return q
    .select(COLUMNS)
    .from(file)
    .where(and(eq(file.experimentId, experimentId), after === null ? undefined : gt(file.path, after)))
    .orderBy(asc(file.path))
    .limit(limit);
}

export interface ChangeMark {
  txid: string;
  fileId: string;
}

/**
 * In the order of their changes, behind the mark. What a transaction beside one that still runs has changed waits for that one, as in
 * the outbox, so that nothing appears behind a mark that was read already.
 */
export async function filesChangedSince(
  q: Queryable,
  experimentId: string,
  since: ChangeMark,
  limit: number,
): Promise<CopiedFile[]> {
  return q
    .select(COLUMNS)
    .from(file)
    .where(
      and(
        eq(file.experimentId, experimentId),
        sql`(${file.changedTxid}, ${file.id}) > (${since.txid}::xid8, ${since.fileId}::uuid)`,
        sql`${file.changedTxid} < pg_snapshot_xmin(pg_current_snapshot())`,
      ),
    )
    .orderBy(asc(file.changedTxid), asc(file.id))
    .limit(limit);
}

export async function putCopy(q: Queryable, row: typeof experimentCopy.$inferInsert): Promise<void> {
  const { experimentId: _experiment, personId: _person, place: _place, ...said } = row;
  await q
    .insert(experimentCopy)
    .values(row)
    .onConflictDoUpdate({
      target: [experimentCopy.experimentId, experimentCopy.personId, experimentCopy.place],
      set: said,
    });
}

/** With the names of those who keep them, what was proved last first. */
export async function copiesOf(q: Queryable, experimentId: string, limit: number) {
  const columns = {
    personName: person.name,
    place: experimentCopy.place,
    files: experimentCopy.files,
    sizeBytes: experimentCopy.sizeBytes,
    failedFiles: experimentCopy.failedFiles,
    isWhole: experimentCopy.isWhole,
    verifiedAt: experimentCopy.verifiedAt,
  };
  return q
    .select(columns)
    .from(experimentCopy)
    .innerJoin(person, eq(person.id, experimentCopy.personId))
    .where(eq(experimentCopy.experimentId, experimentId))
    .orderBy(desc(experimentCopy.verifiedAt), asc(experimentCopy.place))
    .limit(limit);
}
