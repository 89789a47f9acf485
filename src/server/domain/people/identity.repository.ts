import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import type { Queryable, Transaction } from '#src/server/db/client.ts';
import { identity, identityProof, person } from '#src/server/db/schema/index.ts';
import type { PersonRow } from './people.repository.ts';

export type IdentityRow = typeof identity.$inferSelect;
export type ProofRow = typeof identityProof.$inferSelect;

/** Whom an identity is linked to; null when it is nobody's. */
export async function identityBySubject(
  q: Queryable,
  who: { issuer: string; subject: string },
): Promise<{ identity: IdentityRow; person: PersonRow } | null> {
  const [row] = await q
    .select({ identity, person })
    .from(identity)
    .innerJoin(person, eq(person.id, identity.personId))
    .where(and(eq(identity.issuer, who.issuer), eq(identity.subject, who.subject)));
  return row ?? null;
}

/** False when it is linked to somebody already. */
export async function insertIdentity(tx: Transaction, row: typeof identity.$inferInsert): Promise<boolean> {
  const made = await tx
    .insert(identity)
    .values(row)
    .onConflictDoNothing({ target: [identity.issuer, identity.subject] })
    .returning({ id: identity.id });
  return made.length > 0;
}

export async function touchIdentity(
  tx: Transaction,
  identityId: string,
  set: Pick<IdentityRow, 'label' | 'lastUsedAt'>,
): Promise<void> {
  await tx.update(identity).set(set).where(eq(identity.id, identityId));
}

/** In the order in which they were linked. */
export async function identitiesOf(q: Queryable, personId: string): Promise<IdentityRow[]> {
  return q.select().from(identity).where(eq(identity.personId, personId)).orderBy(asc(identity.id));
}

/** False when it is not this person's (any more). */
export async function deleteIdentity(
  tx: Transaction,
  personId: string,
  identityId: string,
): Promise<boolean> {
  const gone = await tx
    .delete(identity)
    .where(and(eq(identity.id, identityId), eq(identity.personId, personId)))
    .returning({ id: identity.id });
  return gone.length > 0;
}

/** The person, held until the transaction ends, so that of two ways in that are taken away at once one stays. */
export async function lockPerson(tx: Transaction, personId: string): Promise<PersonRow | null> {
  const [row] = await tx.select().from(person).where(eq(person.id, personId)).for('update');
  return row ?? null;
}

export async function insertProof(q: Queryable, row: typeof identityProof.$inferInsert): Promise<void> {
  await q.insert(identityProof).values(row);
}

const usable = (tokenHash: string, now: Date) =>
  and(eq(identityProof.tokenHash, tokenHash), isNull(identityProof.usedAt), gt(identityProof.expiresAt, now));

export async function findProof(q: Queryable, tokenHash: string, now: Date): Promise<ProofRow | null> {
  const [row] = await q.select().from(identityProof).where(usable(tokenHash, now));
  return row ?? null;
}

/** Uses a proof up. Of two who come at once exactly one gets it: the condition stands in the update. */
export async function consumeProof(tx: Transaction, tokenHash: string, now: Date): Promise<ProofRow | null> {
  const [row] = await tx.update(identityProof).set({ usedAt: now }).where(usable(tokenHash, now)).returning();
  return row ?? null;
}
