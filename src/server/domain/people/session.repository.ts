import { and, desc, eq, gt, isNull, ne } from 'drizzle-orm';
import type { Queryable } from '#src/server/db/client.ts';
import { authSession, identity, person } from '#src/server/db/schema/index.ts';
import type { PersonRow } from './people.repository.ts';

export type SessionRow = typeof authSession.$inferSelect;

export async function insertSession(q: Queryable, row: typeof authSession.$inferInsert): Promise<void> {
  await q.insert(authSession).values(row);
}

/** The session and its person, when both may still act. */
export async function liveSession(
  q: Queryable,
  sessionId: string,
  now: Date,
): Promise<{ session: SessionRow; person: PersonRow } | null> {
  const rows = await q
    .select({ session: authSession, person })
    .from(authSession)
    .innerJoin(person, eq(person.id, authSession.personId))
    .where(
      and(
        eq(authSession.id, sessionId),
        isNull(authSession.revokedAt),
        gt(authSession.expiresAt, now),
        isNull(person.disabledAt),
      ),
    );
  return rows[0] ?? null;
}

export async function touchSession(q: Queryable, sessionId: string, now: Date): Promise<void> {
  await q.update(authSession).set({ lastSeenAt: now }).where(eq(authSession.id, sessionId));
}

export async function liveSessionsOf(q: Queryable, personId: string, now: Date): Promise<SessionRow[]> {
  return q
    .select()
    .from(authSession)
    .where(
      and(eq(authSession.personId, personId), isNull(authSession.revokedAt), gt(authSession.expiresAt, now)),
    )
    .orderBy(desc(authSession.lastSeenAt))
    .limit(200);
}

/** Ends sessions of a person: one, all, or all but one, or those opened through an identity. Returns the ids that ended now. */
export async function revokeSessions(
  q: Queryable,
  personId: string,
  which: { only?: string; except?: string; through?: string },
  now: Date,
): Promise<string[]> {
  const rows = await q
    .update(authSession)
    .set({ revokedAt: now })
    .where(
      and(
        eq(authSession.personId, personId),
        isNull(authSession.revokedAt),
        which.only === undefined ? undefined : eq(authSession.id, which.only),
        which.except === undefined ? undefined : ne(authSession.id, which.except),
        which.through === undefined ? undefined : eq(authSession.identityId, which.through),
      ),
    )
    .returning({ id: authSession.id });
  return rows.map((row) => row.id);
}

/** The issuer of the identity through which a session was opened; null for the password. */
export async function issuerOfSession(q: Queryable, sessionId: string): Promise<string | null> {
  const [row] = await q
    .select({ issuer: identity.issuer })
    .from(authSession)
    .innerJoin(identity, eq(identity.id, authSession.identityId))
    .where(eq(authSession.id, sessionId));
  return row?.issuer ?? null;
}
