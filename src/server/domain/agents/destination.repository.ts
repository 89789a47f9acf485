import { desc, eq, inArray } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { destination, person } from '../../db/schema/index.ts';

export type DestinationRow = typeof destination.$inferSelect;

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

/** Every destination an agent's sources ever had, newest first: what `destinationFor` decides by. */
export async function destinationHistory(q: Queryable, agentId: string): Promise<DestinationRow[]> {
  return q
    .select()
    .from(destination)
    .where(eq(destination.agentId, agentId))
    .orderBy(desc(destination.since), desc(destination.id));
}

/** As `destinationHistory`, of several agents, with who set each. */
export async function destinationsOf(q: Queryable, agentIds: readonly string[]) {
  if (agentIds.length === 0) return [];
  return q
    .select({ destination, createdByName: person.name })
    .from(destination)
    .leftJoin(person, eq(person.id, destination.createdBy))
    .where(inArray(destination.agentId, [...agentIds]))
    .orderBy(desc(destination.since), desc(destination.id));
}
