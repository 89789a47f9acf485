import type { RUN_ENDINGS, RunEnding } from '../../compute/compute.port.ts';
import type { Transaction } from '../../db/client.ts';
import { release, settle } from '../accounting/ledger.ts';
import type { ServiceContext } from '../context.ts';
import type { JobRow } from './job.repository.ts';
import { setCharge } from './job-cost.repository.ts';

type OurEnding = { [E in RunEnding]: (typeof RUN_ENDINGS)[E] extends 'ours' ? E : never }[RunEnding];

/** Endings that are the platform's: its machine or its store failed, or it could not start the program. Such runs cost nothing. */
const OURS: Readonly<Record<OurEnding | 'results' | 'storage-full', string>> = {
  lost: 'the run was lost',
  'start-failed': 'it could not be started',
  'disk-full': 'the disk of its machine was full',
  interrupted: 'its machine was shut down too often',
  results: 'its results could not be stored',
  'storage-full': 'there was no room for its results',
};

/** Why an ending costs nothing; null when the run is to be paid, whatever its program did. */
export const freeBecause = (failureCode: string): string | null =>
  (OURS as Readonly<Record<string, string>>)[failureCode] ?? null;

/**
 * Charges a job that has just been given its final state, in the transaction that did: its price × the wall time of the attempt that ended it
 * (earlier ones were interrupted by the platform and cost nothing). Nothing for one that never started, or with a reason in `free`. That it
 * comes once is the transition's doing, which succeeds once; the ledger's keys would refuse a second.
 */
export async function settleJob(
  tx: Transaction,
  ctx: ServiceContext,
  row: JobRow,
  free: string | null,
): Promise<JobRow> {
  if (row.licenceId === null) return row;
  const run = { kind: 'job', id: row.id } as const;
  const { startedAt, finishedAt, priceMilli, overAllowance } = row;
  if (free !== null || startedAt === null || finishedAt === null) {
    await release(tx, ctx, { run, reason: free ?? 'it ended before it started' });
    return setCharge(tx, row.id, { chargedCpuMs: 0, unchargedCpuMs: 0 });
  }
  const wallMs = finishedAt.getTime() - startedAt.getTime();
  const settled = await settle(tx, ctx, { run, wallMs, priceMilli, atMostReserved: overAllowance });
  return settled ? setCharge(tx, row.id, settled) : row;
}
