import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, instrument, job } from '../../db/schema/index.ts';
import type { JobRow } from './job.repository.ts';

export interface PastRun {
  /** Its size; null: one CPU. */
  profileId: string | null;
  wallMs: number;
}

/** The newest runs of a template version that succeeded at an instrument's facility, the newest first. */
export async function pastRuns(
  q: Queryable,
  input: { templateId: string; instrumentId: string; limit: number },
): Promise<PastRun[]> {
  const facilityId = q
    .select({ id: instrument.facilityId })
    .from(instrument)
    .where(eq(instrument.id, input.instrumentId));
  const wallMs = sql<number>`round(extract(epoch from ${job.finishedAt} - ${job.startedAt}) * 1000)::float8`;
  const rows = await q
    .select({ profileId: job.profileId, wallMs })
    .from(job)
    .innerJoin(experiment, eq(experiment.id, job.experimentId))
    .where(
      and(
        eq(job.templateId, input.templateId),
        eq(job.state, 'succeeded'),
        isNotNull(job.startedAt),
        eq(experiment.facilityId, facilityId),
      ),
    )
    .orderBy(desc(job.finishedAt))
    .limit(input.limit);
  return rows.map((row) => ({ ...row, wallMs: Math.max(0, row.wallMs) }));
}

/** Writes what the end of a job cost into its row, which the caller's transition holds. */
export async function setCharge(
  tx: Transaction,
  jobId: string,
  charge: { chargedCpuMs: number; unchargedCpuMs: number },
): Promise<JobRow> {
  const [row] = await tx.update(job).set(charge).where(eq(job.id, jobId)).returning();
  return row!;
}
