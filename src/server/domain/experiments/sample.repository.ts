import { asc, eq, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { acquisition, dataset, sample } from '../../db/schema/index.ts';

export type SampleRow = typeof sample.$inferSelect;

/** Inserts by name within the experiment, or overwrites the fields given (undefined leaves a field as it is). */
export async function upsertSample(
  tx: Transaction,
  row: typeof sample.$inferInsert,
): Promise<{ sample: SampleRow; inserted: boolean }> {
  const given = { protein: row.protein, container: row.container, position: row.position };
  const [stored] = await tx
    .insert(sample)
    .values(row)
    .onConflictDoUpdate({
      target: [sample.experimentId, sample.name],
      // `name` stands here so that the set list is never empty and the row is always returned.
      set: { name: row.name, ...given, barcode: row.barcode, comment: row.comment },
    })
    .returning();
  return { sample: stored!, inserted: stored!.id === row.id };
}

export interface ListedSample extends SampleRow {
  datasets: number;
}

export async function listSamples(q: Queryable, experimentId: string): Promise<ListedSample[]> {
  const counts = q
    .select({ sampleId: acquisition.sampleId, datasets: sql<number>`count(*)::int`.as('datasets') })
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .where(eq(dataset.experimentId, experimentId))
    .groupBy(acquisition.sampleId)
    .as('counts');
  const rows = await q
    .select({ sample, datasets: counts.datasets })
    .from(sample)
    .leftJoin(counts, eq(counts.sampleId, sample.id))
    .where(eq(sample.experimentId, experimentId))
    .orderBy(asc(sample.name));
  return rows.map((row) => ({ ...row.sample, datasets: row.datasets ?? 0 }));
}
