import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { dataset, datasetResult, job, jobTemplate } from '../../db/schema/index.ts';

/** Holds a dataset until the transaction ends: of two jobs that end at once the second one looks at both. */
export async function lockDataset(tx: Transaction, datasetId: string) {
  const [row] = await tx.select().from(dataset).where(eq(dataset.id, datasetId)).for('no key update');
  return row ?? null;
}

/** The chosen one and the newest jobs that succeeded on a dataset, of the experiment whose it is. */
export async function succeededOn(
  q: Queryable,
  of: { datasetId: string; experimentId: string; chosenJobId: string | null; limit: number },
) {
  return q
    .select({
      jobId: job.id,
      templateSlug: jobTemplate.slug,
      finishedAt: job.finishedAt,
      createdAt: job.createdAt,
      metrics: job.metrics,
      declared: jobTemplate.metrics,
    })
    .from(job)
    .innerJoin(jobTemplate, eq(jobTemplate.id, job.templateId))
    .where(
      and(eq(job.datasetId, of.datasetId), eq(job.experimentId, of.experimentId), eq(job.state, 'succeeded')),
    )
    .orderBy(sql`(${job.id} = ${of.chosenJobId}::uuid) is true desc`, desc(job.createdAt))
    .limit(of.limit);
}

export async function resultRow(q: Queryable, datasetId: string) {
  const [row] = await q.select().from(datasetResult).where(eq(datasetResult.datasetId, datasetId));
  return row ?? null;
}

/** Who chose is told only when somebody does; the rules leave it as it is. */
export async function setResult(
  tx: Transaction,
  datasetId: string,
  jobId: string,
  chosen?: { by: string | null; at: Date },
): Promise<void> {
  const choice = chosen ? { chosenBy: chosen.by, chosenAt: chosen.at } : {};
  await tx
    .insert(datasetResult)
    .values({ datasetId, jobId, ...choice })
    .onConflictDoUpdate({ target: datasetResult.datasetId, set: { jobId, ...choice } });
}

/** False when the job is not the one that somebody chose. */
export async function dropChoice(tx: Transaction, datasetId: string, jobId: string): Promise<boolean> {
  const rows = await tx
    .delete(datasetResult)
    .where(
      and(
        eq(datasetResult.datasetId, datasetId),
        eq(datasetResult.jobId, jobId),
        isNotNull(datasetResult.chosenAt),
      ),
    )
    .returning({ jobId: datasetResult.jobId });
  return rows.length > 0;
}

export async function forgetResult(tx: Transaction, datasetId: string): Promise<void> {
  await tx
    .delete(datasetResult)
    .where(and(eq(datasetResult.datasetId, datasetId), isNull(datasetResult.chosenAt)));
}

/** Puts numbers in the place of those that the same templates told before. */
export async function replaceNumbers(
  tx: Transaction,
  datasetId: string,
  input: { names: readonly string[]; numbers: Record<string, number> },
): Promise<void> {
  const names = sql`array(select jsonb_array_elements_text(${JSON.stringify(input.names)}::jsonb))`;
  await tx
    .update(dataset)
    .set({ summary: sql`(${dataset.summary} - ${names}) || ${JSON.stringify(input.numbers)}::jsonb` })
    .where(eq(dataset.id, datasetId));
}
