import { and, asc, count, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { snapshot } from '../../db/schema/index.ts';

export type SnapshotRow = typeof snapshot.$inferSelect;

/** In the order they were stored in. */
export async function snapshotsOf(q: Queryable, acquisitionId: string): Promise<SnapshotRow[]> {
  return q
    .select()
    .from(snapshot)
    .where(eq(snapshot.acquisitionId, acquisitionId))
    .orderBy(asc(snapshot.storedAt), asc(snapshot.id));
}

export async function findSnapshot(
  q: Queryable,
  acquisitionId: string,
  name: string,
): Promise<SnapshotRow | null> {
  const [row] = await q
    .select()
    .from(snapshot)
    .where(and(eq(snapshot.acquisitionId, acquisitionId), eq(snapshot.name, name)));
  return row ?? null;
}

export async function countSnapshots(q: Queryable, acquisitionId: string): Promise<number> {
  const [row] = await q
    .select({ n: count() })
    .from(snapshot)
    .where(eq(snapshot.acquisitionId, acquisitionId));
  return row!.n;
}

export async function insertSnapshot(tx: Transaction, row: SnapshotRow): Promise<void> {
  await tx.insert(snapshot).values(row);
}

/** That of this name, or all of the acquisition. Returns the keys of what they were. */
export async function deleteSnapshots(
  tx: Transaction,
  acquisitionId: string,
  name?: string,
): Promise<string[]> {
  const gone = await tx
    .delete(snapshot)
    .where(
      and(
        eq(snapshot.acquisitionId, acquisitionId),
        name === undefined ? undefined : eq(snapshot.name, name),
      ),
    )
    .returning({ storeKey: snapshot.storeKey });
  return gone.map(({ storeKey }) => storeKey);
}
