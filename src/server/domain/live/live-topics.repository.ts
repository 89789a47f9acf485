import { eq } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { job } from '../../db/schema/index.ts';

export async function experimentOfJob(q: Queryable, jobId: string): Promise<string | null> {
  const rows = await q.select({ experimentId: job.experimentId }).from(job).where(eq(job.id, jobId));
  return rows[0]?.experimentId ?? null;
}
