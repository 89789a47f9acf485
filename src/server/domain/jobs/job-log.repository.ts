import { and, asc, desc, eq, gt, gte, lt, lte, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { jobLog } from '../../db/schema/index.ts';

const pieceColumns = {
  seq: jobLog.seq,
  at: jobLog.at,
  text: jobLog.text,
  /** Bytes and line ends of the log up to the end of this piece. */
  endByte: jobLog.endByte,
  endLine: jobLog.endLine,
};
export type LogPiece = Awaited<ReturnType<typeof logAfter>>[number];

export interface LogEnd {
  seq: number;
  endByte: number;
  endLine: number;
}

/** How much of the log is stored. The stored text is the log itself, byte for byte, so its length is where reading goes on. */
export async function storedLog(q: Queryable, jobId: string): Promise<LogEnd> {
  const [row] = await q
    .select({ seq: jobLog.seq, endByte: jobLog.endByte, endLine: jobLog.endLine })
    .from(jobLog)
    .where(eq(jobLog.jobId, jobId))
    .orderBy(desc(jobLog.seq))
    .limit(1);
  return row ?? { seq: 0, endByte: 0, endLine: 0 };
}

export const lineEndsIn = (text: string): number => text.split('\n').length - 1;

/** Adds pieces behind `end`, which the caller has just read in the same transaction. */
export async function appendLog(
  tx: Transaction,
  end: LogEnd,
  { jobId, at, texts }: { jobId: string; at: Date; texts: readonly string[] },
): Promise<LogEnd> {
  let after = end;
  const rows = texts.map((text) => {
    after = {
      seq: after.seq + 1,
      endByte: after.endByte + Buffer.byteLength(text),
      endLine: after.endLine + lineEndsIn(text),
    };
    return { jobId, at, text, ...after };
  });
  await tx.insert(jobLog).values(rows);
  return after;
}

/**
 * For a new attempt, whose log begins anew: the old text goes, an empty piece keeps the numbering, so that a reader who asks for
 * what is behind the last piece it saw is not left with nothing.
 */
export async function forgetStoredLog(tx: Transaction, jobId: string, at: Date): Promise<void> {
  const { seq } = await storedLog(tx, jobId);
  await tx.delete(jobLog).where(eq(jobLog.jobId, jobId));
  await tx.insert(jobLog).values({ jobId, seq: seq + 1, at, text: '', endByte: 0, endLine: 0 });
}

export interface LogShare {
  bytes: number;
  /** Pieces may be small: a program that prints a word a second. */
  pieces: number;
}

/** Where the log stood before a piece. */
const byteBefore = (jobId: string, seq: number) => sql`coalesce((
  select before.end_byte from job_log before
  where before.job_id = ${jobId}::uuid and before.seq < ${seq} order by before.seq desc limit 1), 0)`;

/** The pieces behind `afterSeq`, in order: as many as fit, at least one where there is one of no more than `share.bytes`. */
export async function logAfter(q: Queryable, jobId: string, afterSeq: number, share: LogShare) {
  return q
    .select(pieceColumns)
    .from(jobLog)
    .where(
      and(
        eq(jobLog.jobId, jobId),
        gt(jobLog.seq, afterSeq),
        lte(jobLog.endByte, sql`${byteBefore(jobId, afterSeq + 1)} + ${share.bytes}::bigint`),
      ),
    )
    .orderBy(asc(jobLog.seq))
    .limit(share.pieces);
}

/** The pieces before `beforeSeq`, in order, the last of them that fit; at least one where there is one. */
export async function logBefore(q: Queryable, jobId: string, beforeSeq: number, share: LogShare) {
  const rows = await q
    .select(pieceColumns)
    .from(jobLog)
    .where(
      and(
        eq(jobLog.jobId, jobId),
        lt(jobLog.seq, beforeSeq),
        gte(jobLog.endByte, sql`${byteBefore(jobId, beforeSeq)} - ${share.bytes}::bigint`),
      ),
    )
    .orderBy(desc(jobLog.seq))
    .limit(share.pieces);
  return rows.reverse();
}

/** The last pieces of a log, in order. */
export const logTail = (q: Queryable, jobId: string, share: LogShare) =>
  logBefore(q, jobId, 2 ** 31 - 1, share);
