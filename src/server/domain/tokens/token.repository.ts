import { and, count, desc, eq, gt, isNull } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { apiToken, experiment, instrument, instrumentStaff, person } from '../../db/schema/index.ts';

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

export type ListedToken = TokenRow & { experimentCode: string | null; instrumentName: string | null };

const MOST_LISTED = 200;

const notRevoked = (expiredAfter: Date) =>
  and(isNull(apiToken.revokedAt), gt(apiToken.expiresAt, expiredAfter));

/** The tokens of a person that were not revoked, the newest first; expired ones too until `expiredAfter`. */
export async function tokensOf(q: Queryable, personId: string, expiredAfter: Date): Promise<ListedToken[]> {
  const rows = await q
    .select({ token: apiToken, experimentCode: experiment.code, instrumentName: instrument.name })
    .from(apiToken)
    .leftJoin(experiment, eq(experiment.id, apiToken.experimentId))
    .leftJoin(instrument, eq(instrument.id, apiToken.instrumentId))
    .where(and(eq(apiToken.personId, personId), notRevoked(expiredAfter)))
    .orderBy(desc(apiToken.createdAt), desc(apiToken.id))
    .limit(MOST_LISTED);
  return rows.map(({ token, ...names }) => ({ ...token, ...names }));
}

/** The same of an instrument, with their makers and whether these may act there no longer. */
export async function tokensAt(
  q: Queryable,
  instrumentId: string,
  expiredAfter: Date,
): Promise<(ListedToken & { madeBy: string; isIdle: boolean })[]> {
  const rows = await q
    .select({
      token: apiToken,
      instrumentName: instrument.name,
      madeBy: person.name,
      disabledAt: person.disabledAt,
      staffId: instrumentStaff.personId,
    })
    .from(apiToken)
    .innerJoin(instrument, eq(instrument.id, apiToken.instrumentId))
    .innerJoin(person, eq(person.id, apiToken.personId))
    .leftJoin(
      instrumentStaff,
      and(
        eq(instrumentStaff.instrumentId, apiToken.instrumentId),
        eq(instrumentStaff.personId, apiToken.personId),
      ),
    )
    .where(and(eq(apiToken.instrumentId, instrumentId), notRevoked(expiredAfter)))
    .orderBy(desc(apiToken.createdAt), desc(apiToken.id))
    .limit(MOST_LISTED);
  return rows.map(({ token, instrumentName, madeBy, disabledAt, staffId }) => ({
    ...{ ...token, experimentCode: null, instrumentName, madeBy },
    isIdle: disabledAt !== null || staffId === null,
  }));
}

export async function tokenById(q: Queryable, tokenId: string): Promise<TokenRow | null> {
  const [row] = await q.select().from(apiToken).where(eq(apiToken.id, tokenId));
  return row ?? null;
}

/** False when it was revoked before. */
export async function revokeToken(q: Queryable, tokenId: string, now: Date): Promise<boolean> {
  const revoked = await q
    .update(apiToken)
    .set({ revokedAt: now })
    .where(and(eq(apiToken.id, tokenId), isNull(apiToken.revokedAt)))
    .returning({ id: apiToken.id });
  return revoked.length === 1;
}
