import { and, count, desc, eq, gt, isNull } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { apiToken, experiment, person } from '../../db/schema/index.ts';

export type TokenRow = typeof apiToken.$inferSelect;

export async function insertToken(q: Queryable, row: typeof apiToken.$inferInsert): Promise<void> {
  await q.insert(apiToken).values(row);
}

/** The token of this hash and whether its person may still act. */
export async function tokenByHash(
  q: Queryable,
  tokenHash: string,
): Promise<{ token: TokenRow; personDisabledAt: Date | null } | null> {
  const [row] = await q
    .select({ token: apiToken, personDisabledAt: person.disabledAt })
    .from(apiToken)
    .innerJoin(person, eq(person.id, apiToken.personId))
    .where(eq(apiToken.tokenHash, tokenHash));
  return row ?? null;
}

export async function touchToken(q: Queryable, tokenId: string, now: Date): Promise<void> {
  await q.update(apiToken).set({ lastUsedAt: now }).where(eq(apiToken.id, tokenId));
}

/** Holds the person's row until the transaction ends, so that of two who make tokens at once each counts the other's. */
export async function lockPerson(tx: Queryable, personId: string): Promise<void> {
  await tx.select({ id: person.id }).from(person).where(eq(person.id, personId)).for('update');
}

export async function countLiveTokens(q: Queryable, personId: string, now: Date): Promise<number> {
  const [row] = await q
    .select({ count: count() })
    .from(apiToken)
    .where(and(eq(apiToken.personId, personId), isNull(apiToken.revokedAt), gt(apiToken.expiresAt, now)));
  return row!.count;
}

/** The tokens of a person that were not revoked, the newest first; expired ones too until `expiredAfter`. */
export async function tokensOf(
  q: Queryable,
  personId: string,
  expiredAfter: Date,
): Promise<(TokenRow & { experimentCode: string | null })[]> {
  const rows = await q
    .select({ token: apiToken, experimentCode: experiment.code })
    .from(apiToken)
    .leftJoin(experiment, eq(experiment.id, apiToken.experimentId))
    .where(
      and(eq(apiToken.personId, personId), isNull(apiToken.revokedAt), gt(apiToken.expiresAt, expiredAfter)),
    )
    .orderBy(desc(apiToken.createdAt), desc(apiToken.id))
    .limit(200);
  return rows.map(({ token, experimentCode }) => ({ ...token, experimentCode }));
}

/** Returns the token that was revoked now; null when it is not this person's, or was revoked before. */
export async function revokeToken(
  q: Queryable,
  personId: string,
  tokenId: string,
  now: Date,
): Promise<TokenRow | null> {
  const [row] = await q
    .update(apiToken)
    .set({ revokedAt: now })
    .where(and(eq(apiToken.id, tokenId), eq(apiToken.personId, personId), isNull(apiToken.revokedAt)))
    .returning();
  return row ?? null;
}
