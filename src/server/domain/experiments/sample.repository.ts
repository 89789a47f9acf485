import { eq, inArray, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { byNumber } from '../../db/by-number.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { acquisition, dataset, sample } from '../../db/schema/index.ts';

export type SampleRow = typeof sample.$inferSelect;

/** Inserts by name within the experiment, or overwrites the fields given (undefined leaves a field as it is). */
export async function upsertSample(
  tx: Transaction,
  row: typeof sample.$inferInsert,
): Promise<{ sample: SampleRow; inserted: boolean }> {
  const { protein, container, position, barcode, safety, comment } = row;
  const [stored] = await tx
    .insert(sample)
    .values(row)
    .onConflictDoUpdate({
      target: [sample.experimentId, sample.name],
      // `name` stands here so that the set list is never empty and the row is always returned.
      set: { name: row.name, protein, container, position, barcode, safety, comment },
    })
    .returning();
  return { sample: stored!, inserted: stored!.id === row.id };
}

export async function setParent(tx: Transaction, sampleId: string, parentId: string | null): Promise<void> {
  await tx.update(sample).set({ parentId }).where(eq(sample.id, sampleId));
}

export async function updateSample(
  tx: Transaction,
  sampleId: string,
  fields: Partial<SampleRow>,
): Promise<void> {
  await tx.update(sample).set(fields).where(eq(sample.id, sampleId));
}

export async function findSample(q: Queryable, sampleId: string): Promise<SampleRow | null> {
  const [row] = await q.select().from(sample).where(eq(sample.id, sampleId));
  return row ?? null;
}

/** All of an experiment, to be compared with what is to be written; held against other writers until the end of the transaction. */
export async function lockSamples(tx: Transaction, experimentId: string): Promise<SampleRow[]> {
  // One lock per experiment, since samples that are not there yet cannot be locked.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`samples ${experimentId}`}, 0))`);
  return tx.select().from(sample).where(eq(sample.experimentId, experimentId));
}

/** Of these the ones that something was measured of, or that others were made from. */
export async function usedSamples(q: Queryable, sampleIds: readonly string[]): Promise<Set<string>> {
  const ids = [...sampleIds];
  const measured = await q
    .select({ id: acquisition.sampleId })
    .from(acquisition)
    .where(inArray(acquisition.sampleId, ids));
  const parents = await q.select({ id: sample.parentId }).from(sample).where(inArray(sample.parentId, ids));
  return new Set([...measured, ...parents].flatMap(({ id }) => (id === null ? [] : [id])));
}

export async function deleteSample(tx: Transaction, sampleId: string): Promise<void> {
  await tx.delete(sample).where(eq(sample.id, sampleId));
}

export interface ListedSample extends SampleRow {
  datasets: number;
  parentName: string | null;
}

export async function listSamples(q: Queryable, experimentId: string): Promise<ListedSample[]> {
  const parent = alias(sample, 'parent');
  const counts = q
    .select({ sampleId: acquisition.sampleId, datasets: sql<number>`count(*)::int`.as('datasets') })
    .from(dataset)
    .innerJoin(acquisition, eq(acquisition.id, dataset.acquisitionId))
    .where(eq(dataset.experimentId, experimentId))
    .groupBy(acquisition.sampleId)
    .as('counts');
  const rows = await q
    .select({ sample, datasets: counts.datasets, parentName: parent.name })
    .from(sample)
    .leftJoin(counts, eq(counts.sampleId, sample.id))
    .leftJoin(parent, eq(parent.id, sample.parentId))
    .where(eq(sample.experimentId, experimentId))
    .orderBy(byNumber(sample.name));
  return rows.map((row) => ({ ...row.sample, datasets: row.datasets ?? 0, parentName: row.parentName }));
}
