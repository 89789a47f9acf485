import { and, count, eq, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { savedView } from '../../db/schema/index.ts';

export type SavedViewRow = typeof savedView.$inferSelect;

export function viewsOf(
  q: Queryable,
  personId: string,
  page: SavedViewRow['page'],
): Promise<{ id: string; name: string; query: string }[]> {
  return q
    .select({ id: savedView.id, name: savedView.name, query: savedView.query })
    .from(savedView)
    .where(and(eq(savedView.personId, personId), eq(savedView.page, page)))
    .orderBy(sql`lower(${savedView.name})`);
}

export async function countViews(tx: Transaction, personId: string): Promise<number> {
  const [row] = await tx.select({ views: count() }).from(savedView).where(eq(savedView.personId, personId));
  return row?.views ?? 0;
}

/** A view of that name is replaced. */
export async function upsertView(tx: Transaction, row: SavedViewRow): Promise<{ id: string }> {
  const [stored] = await tx
    .insert(savedView)
    .values(row)
    .onConflictDoUpdate({
      target: [savedView.personId, savedView.page, savedView.name],
      set: { query: row.query },
    })
    .returning({ id: savedView.id });
  return stored!;
}

/** Only the person's own. */
export async function deleteView(tx: Transaction, personId: string, viewId: string): Promise<boolean> {
  const deleted = await tx
    .delete(savedView)
    .where(and(eq(savedView.id, viewId), eq(savedView.personId, personId)))
    .returning({ id: savedView.id });
  return deleted.length === 1;
}
