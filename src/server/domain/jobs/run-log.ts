import type { ComputeDriver } from '../../compute/compute.port.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { holdLease } from './job-lease.repository.ts';
import { appendLog, storedLog } from './job-log.repository.ts';

const CHUNK_BYTES = 64 * 1024;
/** Of a run that prints without end, no more than this per look, so that the others get theirs. */
const MAX_CHUNKS = 64;

/**
 * Stores what a run has printed since the last look. Where to go on is told by what is stored, inside the transaction
 * that stores more: a worker killed in between repeats nothing and leaves nothing out.
 * @returns the last sequence number, or null when there was nothing new
 */
export async function copyLog(input: {
  db: Database;
  compute: ComputeDriver;
  ctx: ServiceContext;
  owner: string;
  jobId: string;
  runRef: string;
}): Promise<number | null> {
  const { db, compute, ctx, owner, jobId, runRef } = input;
  let last: number | null = null;
  for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
    const seq = await db.transaction(async (tx) => {
      if (!(await holdLease(tx, jobId, owner))) return null;
      const stored = await storedLog(tx, jobId);
      const { text } = await compute.readLog(runRef, stored.endByte, CHUNK_BYTES);
      if (text === '') return null;
      return (await appendLog(tx, stored, { jobId, at: ctx.now(), text })).seq;
    });
    if (seq === null) break;
    last = seq;
  }
  return last;
}
