import { desc, eq, inArray } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { destination, person } from '../../db/schema/index.ts';

/** False when the source was given another destination at this very instant. */
export async function insertDestination(
  tx: Transaction,
  row: typeof destination.$inferInsert,
): Promise<boolean> {
  const rows = await tx
    .insert(destination)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: destination.id });
  return rows.length > 0;
}

/** Every destination that sources of these agents ever had, newest first, with who set it. */
export async function destinationsOf(q: Queryable, agentIds: readonly string[]) {
  if (agentIds.length === 0) return [];
  return q
    .select({ destination, createdByName: person.name })
    .from(destination)
    .leftJoin(person, eq(person.id, destination.createdBy))
    .where(inArray(destination.agentId, [...agentIds]))
    .orderBy(desc(destination.since), desc(destination.id));
}
