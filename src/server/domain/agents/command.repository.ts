import { and, asc, desc, eq, isNull } from 'drizzle-orm';
import type { CommandOutcome } from '../../../shared/contracts/agent-control.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { agentCommand, person } from '../../db/schema/index.ts';

export async function insertCommand(tx: Transaction, row: typeof agentCommand.$inferInsert): Promise<void> {
  await tx.insert(agentCommand).values(row);
}

/** Commands whose outcome is not known yet, oldest first. */
export async function openCommands(q: Queryable, agentId: string, limit: number) {
  return q
    .select({
      id: agentCommand.id,
      kind: agentCommand.kind,
      ids: agentCommand.ids,
      source: agentCommand.source,
    })
    .from(agentCommand)
    .where(and(eq(agentCommand.agentId, agentId), isNull(agentCommand.doneAt)))
    .orderBy(asc(agentCommand.createdAt), asc(agentCommand.id))
    .limit(limit);
}

/** The newest commands of an agent with who asked for them and what came of them. */
export async function newestCommands(q: Queryable, agentId: string, limit: number) {
  return q
    .select({
      id: agentCommand.id,
      kind: agentCommand.kind,
      ids: agentCommand.ids,
      source: agentCommand.source,
      createdAt: agentCommand.createdAt,
      createdByName: person.name,
      doneAt: agentCommand.doneAt,
      outcome: agentCommand.outcome,
      message: agentCommand.message,
    })
    .from(agentCommand)
    .leftJoin(person, eq(person.id, agentCommand.createdBy))
    .where(eq(agentCommand.agentId, agentId))
    .orderBy(desc(agentCommand.createdAt), desc(agentCommand.id))
    .limit(limit);
}

/** Stores the first outcome told of each command of this agent; returns how many were new. */
export async function storeOutcomes(
  tx: Transaction,
  agentId: string,
  outcomes: readonly CommandOutcome[],
  at: Date,
): Promise<number> {
  let stored = 0;
  for (const { id, outcome, message } of outcomes) {
    const rows = await tx
      .update(agentCommand)
      .set({ outcome, message, doneAt: at })
      .where(and(eq(agentCommand.id, id), eq(agentCommand.agentId, agentId), isNull(agentCommand.doneAt)))
      .returning({ id: agentCommand.id });
    stored += rows.length;
  }
  return stored;
}
