import type { ComputeDriver } from '../../compute/compute.port.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { holdLease } from './job-lease.repository.ts';
import { appendLog, storedLog } from './job-log.repository.ts';

/** What is read from the run at once, and the pieces that it is stored as: readers ask for some of those at a time. */
const SHARE_BYTES = 1024 * 1024;
const PIECE_CHARACTERS = 64 * 1024;
/** Of a run that prints without end, no more than this per look, so that the others get theirs. */
const MAX_SHARES = 32;

/** Cut so that no character of two units is torn apart. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    let until = Math.min(text.length, from + PIECE_CHARACTERS);
    const last = text.charCodeAt(until - 1);
    if (until < text.length && last >= 0xd800 && last < 0xdc00) until--;
    pieces.push(text.slice(from, until));
    from = until;
  }
  return pieces;
}

/**
 * Stores what a run has printed since the last look. Where to go on is told by what is stored, inside the transaction
 * that stores more: a worker killed in between repeats nothing and leaves nothing out.
 * @returns the last sequence number, or null when there was nothing new, and whether there may be more
 */
export async function copyLog(input: {
  db: Database;
  compute: ComputeDriver;
  ctx: ServiceContext;
  owner: string;
  jobId: string;
  runRef: string;
}): Promise<{ seq: number | null; more: boolean }> {
  const { db, compute, ctx, owner, jobId, runRef } = input;
  let last: number | null = null;
  for (let share = 0; share < MAX_SHARES; share++) {
    const copied = await db.transaction(async (tx) => {
      if (!(await holdLease(tx, jobId, owner))) return null;
      const stored = await storedLog(tx, jobId);
      const { text, sizeBytes } = await compute.readLog(runRef, stored.endByte, SHARE_BYTES);
      if (text === '') return null;
      const { seq } = await appendLog(tx, stored, { jobId, at: ctx.now(), texts: piecesOf(text) });
      return { seq, sizeBytes };
    });
    if (copied) last = copied.seq;
    // Less by some bytes than was asked for is the beginning of a character.
    if (!copied || copied.sizeBytes < SHARE_BYTES - 4) return { seq: last, more: false };
  }
  return { seq: last, more: true };
}
