import { and, asc, eq, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable, Transaction } from '../../db/client.ts';
import { facility, instrument, person, templateShare } from '../../db/schema/index.ts';

export type ShareRow = typeof templateShare.$inferSelect;

/** With whom a template is shared: everyone first, then facilities, instruments and people. */
export async function listShares(q: Queryable, templateId: string) {
  const sharer = alias(person, 'sharer');
  return q
    .select({
      share: templateShare,
      name: sql<string | null>`coalesce(${person.name}, ${instrument.name}, ${facility.name})`,
      sharedByName: sharer.name,
    })
    .from(templateShare)
    .leftJoin(person, eq(person.id, templateShare.personId))
    .leftJoin(instrument, eq(instrument.id, templateShare.instrumentId))
    .leftJoin(facility, eq(facility.id, templateShare.facilityId))
    .leftJoin(sharer, eq(sharer.id, templateShare.sharedBy))
    .where(eq(templateShare.templateId, templateId))
    .orderBy(
      asc(
        sql`array_position(array['everyone', 'facility', 'instrument', 'person'], ${templateShare.sharedWith})`,
      ),
      asc(templateShare.createdAt),
    );
}

/** False when it is shared so already. */
export async function insertShare(tx: Transaction, row: typeof templateShare.$inferInsert): Promise<boolean> {
  const rows = await tx
    .insert(templateShare)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: templateShare.id });
  return rows.length === 1;
}

export async function findShare(q: Queryable, templateId: string, shareId: string): Promise<ShareRow | null> {
  const [row] = await q
    .select()
    .from(templateShare)
    .where(and(eq(templateShare.id, shareId), eq(templateShare.templateId, templateId)));
  return row ?? null;
}

export async function deleteShare(tx: Transaction, shareId: string): Promise<boolean> {
  const rows = await tx
    .delete(templateShare)
    .where(eq(templateShare.id, shareId))
    .returning({ id: templateShare.id });
  return rows.length === 1;
}
