import { and, eq, lt } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { keptAnswer } from '../../db/schema/index.ts';

/** False when the key was used before. */
export async function insertAnswer(tx: Transaction, row: typeof keptAnswer.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(keptAnswer)
    .values(row)
    .onConflictDoNothing()
    .returning({ key: keptAnswer.key });
  return inserted.length === 1;
}

const ofKey = (tokenId: string, key: string) => and(eq(keptAnswer.tokenId, tokenId), eq(keptAnswer.key, key));

export async function findAnswer(
  q: Queryable,
  tokenId: string,
  key: string,
): Promise<typeof keptAnswer.$inferSelect | null> {
  const [row] = await q.select().from(keptAnswer).where(ofKey(tokenId, key));
  return row ?? null;
}

export async function setAnswer(tx: Transaction, tokenId: string, key: string, answer: unknown) {
  await tx.update(keptAnswer).set({ answer }).where(ofKey(tokenId, key));
}

export async function removeAnswers(tx: Transaction, tokenId: string, before: Date): Promise<void> {
  await tx.delete(keptAnswer).where(and(eq(keptAnswer.tokenId, tokenId), lt(keptAnswer.createdAt, before)));
}
