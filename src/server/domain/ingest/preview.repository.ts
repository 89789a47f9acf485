import { and, desc, eq, ne } from 'drizzle-orm';
import type { Transaction } from '../../db/client.ts';
import { preview } from '../../db/schema/index.ts';

export type PreviewRow = typeof preview.$inferSelect;

/** Records the preview of a frame; one that is kept stays kept. Returns the keys of what it replaces. */
export async function upsertPreview(tx: Transaction, row: PreviewRow): Promise<string[]> {
  const { datasetId, frame } = row;
  const former = await tx
    .delete(preview)
    .where(and(eq(preview.datasetId, datasetId), eq(preview.frame, frame)))
    .returning();
  const kept = row.kept || former.some((one) => one.kept);
  await tx.insert(preview).values({ ...row, kept });
  return former.map(({ storeKey }) => storeKey);
}

/** Removes all that are not kept but that of the latest frame. Returns their keys. */
export async function deletePassing(tx: Transaction, datasetId: string): Promise<string[]> {
  const passing = and(eq(preview.datasetId, datasetId), eq(preview.kept, false));
  const [newest] = await tx
    .select({ frame: preview.frame })
    .from(preview)
    .where(passing)
    .orderBy(desc(preview.frame))
    .limit(1);
  if (!newest) return [];
  const gone = await tx
    .delete(preview)
    .where(and(passing, ne(preview.frame, newest.frame)))
    .returning({ storeKey: preview.storeKey });
  return gone.map(({ storeKey }) => storeKey);
}
