import { and, desc, eq, isNull, lt, or } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { displayLink, person } from '../../db/schema/index.ts';

export async function insertDisplayLink(
  tx: Transaction,
  row: typeof displayLink.$inferInsert,
): Promise<void> {
  await tx.insert(displayLink).values(row);
}

/** Those of an instrument that were not revoked, the newest first, with who made them. */
export async function listDisplayLinks(q: Queryable, instrumentId: string) {
  return q
    .select({
      displayLinkId: displayLink.id,
      name: displayLink.name,
      createdAt: displayLink.createdAt,
      createdByName: person.name,
      lastUsedAt: displayLink.lastUsedAt,
    })
    .from(displayLink)
    .leftJoin(person, eq(person.id, displayLink.createdBy))
    .where(and(eq(displayLink.instrumentId, instrumentId), isNull(displayLink.revokedAt)))
    .orderBy(desc(displayLink.createdAt), desc(displayLink.id));
}
export type DisplayLinkView = Awaited<ReturnType<typeof listDisplayLinks>>[number];

export async function findDisplayLink(q: Queryable, displayLinkId: string) {
  const [row] = await q.select().from(displayLink).where(eq(displayLink.id, displayLinkId));
  return row ?? null;
}

/** False when it was revoked before. */
export async function revokeDisplayLink(
  tx: Transaction,
  displayLinkId: string,
  by: { at: Date; personId: string | null },
): Promise<boolean> {
  const revoked = await tx
    .update(displayLink)
    .set({ revokedAt: by.at, revokedBy: by.personId })
    .where(and(eq(displayLink.id, displayLinkId), isNull(displayLink.revokedAt)))
    .returning({ id: displayLink.id });
  return revoked.length === 1;
}

/** The instrument that a key shows, while its link is not revoked. */
export async function instrumentOfKey(
  q: Queryable,
  keyHash: string,
): Promise<{ displayLinkId: string; instrumentId: string } | null> {
  const [row] = await q
    .select({ displayLinkId: displayLink.id, instrumentId: displayLink.instrumentId })
    .from(displayLink)
    .where(and(eq(displayLink.keyHash, keyHash), isNull(displayLink.revokedAt)));
  return row ?? null;
}

/** Notes that a screen asks, unless it was noted after `unlessAfter`. */
export async function touchDisplayLink(
  q: Queryable,
  displayLinkId: string,
  at: Date,
  unlessAfter: Date,
): Promise<void> {
  const isOld = or(isNull(displayLink.lastUsedAt), lt(displayLink.lastUsedAt, unlessAfter));
  await q
    .update(displayLink)
    .set({ lastUsedAt: at })
    .where(and(eq(displayLink.id, displayLinkId), isOld));
}
