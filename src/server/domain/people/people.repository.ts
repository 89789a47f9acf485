import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm';
import type { Queryable } from '#src/server/db/client.ts';
import {
  authSession,
  facility,
  facilityAdmin,
  instrument,
  instrumentStaff,
  oneTimeLink,
  person,
  signInAttempt,
} from '#src/server/db/schema/index.ts';

export type PersonRow = typeof person.$inferSelect;
export type SessionRow = typeof authSession.$inferSelect;
export type FacilityRow = typeof facility.$inferSelect;

/** E-mails are compared without case; the caller has trimmed. */
export async function personByEmail(q: Queryable, email: string): Promise<PersonRow | null> {
  const rows = await q
    .select()
    .from(person)
    .where(eq(sql`lower(${person.email})`, email.toLowerCase()));
  return rows[0] ?? null;
}

export async function personById(q: Queryable, personId: string): Promise<PersonRow | null> {
  const rows = await q.select().from(person).where(eq(person.id, personId));
  return rows[0] ?? null;
}

/** Inserts unless the e-mail is taken (in any case); returns whether a row was made. */
export async function insertPerson(q: Queryable, row: typeof person.$inferInsert): Promise<boolean> {
  const made = await q.insert(person).values(row).onConflictDoNothing().returning({ id: person.id });
  return made.length > 0;
}

export async function setPasswordHash(q: Queryable, personId: string, passwordHash: string): Promise<void> {
  await q.update(person).set({ passwordHash }).where(eq(person.id, personId));
}

export async function firstFacility(q: Queryable): Promise<FacilityRow | null> {
  const rows = await q.select().from(facility).orderBy(asc(facility.createdAt), asc(facility.id)).limit(1);
  return rows[0] ?? null;
}

export async function insertFacility(q: Queryable, row: typeof facility.$inferInsert): Promise<void> {
  await q.insert(facility).values(row);
}

/** Returns whether the person was not an admin before. */
export async function insertAdmin(q: Queryable, row: typeof facilityAdmin.$inferInsert): Promise<boolean> {
  const made = await q
    .insert(facilityAdmin)
    .values(row)
    .onConflictDoNothing()
    .returning({ personId: facilityAdmin.personId });
  return made.length > 0;
}

/** Somebody who could sign in and administer. */
export async function anyAdmin(q: Queryable): Promise<boolean> {
  const rows = await q
    .select({ personId: facilityAdmin.personId })
    .from(facilityAdmin)
    .innerJoin(person, eq(person.id, facilityAdmin.personId))
    .where(and(isNull(person.disabledAt), isNotNull(person.passwordHash)))
    .limit(1);
  return rows.length > 0;
}

/** People who could sign in, the first made first; for the sign-in page of a demo. */
export async function firstPeople(q: Queryable, limit: number): Promise<{ email: string; name: string }[]> {
  return q
    .select({ email: person.email, name: person.name })
    .from(person)
    .where(and(isNull(person.disabledAt), isNotNull(person.passwordHash)))
    .orderBy(asc(person.createdAt), asc(person.id))
    .limit(limit);
}

export async function administers(q: Queryable, personId: string): Promise<boolean> {
  const rows = await q
    .select({ personId: facilityAdmin.personId })
    .from(facilityAdmin)
    .where(eq(facilityAdmin.personId, personId))
    .limit(1);
  return rows.length > 0;
}

export interface StaffedInstrument {
  id: string;
  slug: string;
  name: string;
}

export async function instrumentsStaffedBy(q: Queryable, personId: string): Promise<StaffedInstrument[]> {
  return q
    .select({ id: instrument.id, slug: instrument.slug, name: instrument.name })
    .from(instrumentStaff)
    .innerJoin(instrument, eq(instrument.id, instrumentStaff.instrumentId))
    .where(eq(instrumentStaff.personId, personId))
    .orderBy(asc(instrument.name));
}

export async function insertLink(q: Queryable, row: typeof oneTimeLink.$inferInsert): Promise<void> {
  await q.insert(oneTimeLink).values(row);
}

/** Links of a person that could still be used stop working. */
export async function expireLinks(q: Queryable, personId: string, now: Date): Promise<void> {
  await q
    .update(oneTimeLink)
    .set({ usedAt: now })
    .where(and(eq(oneTimeLink.personId, personId), isNull(oneTimeLink.usedAt)));
}

/** The person a link is for, when it may still be used. */
export async function personOfLink(q: Queryable, tokenHash: string, now: Date): Promise<PersonRow | null> {
  const rows = await q
    .select({ person })
    .from(oneTimeLink)
    .innerJoin(person, eq(person.id, oneTimeLink.personId))
    .where(
      and(
        eq(oneTimeLink.tokenHash, tokenHash),
        isNull(oneTimeLink.usedAt),
        gt(oneTimeLink.expiresAt, now),
        isNull(person.disabledAt),
      ),
    );
  return rows[0]?.person ?? null;
}

/** Uses a link up. Of two who come at once exactly one gets true: the condition stands in the update. */
export async function useLink(q: Queryable, tokenHash: string, now: Date): Promise<boolean> {
  const used = await q
    .update(oneTimeLink)
    .set({ usedAt: now })
    .where(
      and(eq(oneTimeLink.tokenHash, tokenHash), isNull(oneTimeLink.usedAt), gt(oneTimeLink.expiresAt, now)),
    )
    .returning({ id: oneTimeLink.id });
  return used.length > 0;
}

/**
 * Records an attempt as failed (until it succeeds) and returns its id. Call in a transaction of its own: the lock makes
 * attempts for one e-mail commit in the order of their ids, so that of many at once each sees all before it.
 */
export async function insertAttempt(
  tx: Queryable,
  row: { email: string; ip: string; at: Date },
): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${row.email}, 0))`);
  const [made] = await tx
    .insert(signInAttempt)
    .values({ ...row, succeeded: false })
    .returning({ id: signInAttempt.id });
  return made!.id;
}

export async function markAttemptSucceeded(q: Queryable, attemptId: number): Promise<void> {
  await q.update(signInAttempt).set({ succeeded: true }).where(eq(signInAttempt.id, attemptId));
}

/** Takes back an attempt that was refused by the limit: waiting must not grow longer by trying. */
export async function deleteAttempt(q: Queryable, attemptId: number): Promise<void> {
  await q.delete(signInAttempt).where(eq(signInAttempt.id, attemptId));
}

export interface AttemptScope {
  email?: string;
  ip?: string;
}

/**
 * When the `limit`-th newest failure in the window happened, or null when there were fewer. The running attempt (counted
 * as failed until it succeeds) is left out by its id; attempts that run at the same time are in.
 */
export async function nthFailureAt(
  q: Queryable,
  scope: AttemptScope,
  window: { since: Date; before: number; limit: number },
): Promise<Date | null> {
  const rows = await q
    .select({ at: signInAttempt.at })
    .from(signInAttempt)
    .where(
      and(
        scope.email === undefined ? undefined : eq(signInAttempt.email, scope.email),
        scope.ip === undefined ? undefined : eq(signInAttempt.ip, scope.ip),
        gte(signInAttempt.at, window.since),
        lt(signInAttempt.id, window.before),
        eq(signInAttempt.succeeded, false),
      ),
    )
    .orderBy(desc(signInAttempt.at))
    .offset(window.limit - 1)
    .limit(1);
  return rows[0]?.at ?? null;
}

/** After a success earlier failures of the same person from the same place no longer count. */
export async function forgiveAttempts(q: Queryable, email: string, ip: string): Promise<void> {
  await q
    .delete(signInAttempt)
    .where(and(eq(signInAttempt.email, email), eq(signInAttempt.ip, ip), eq(signInAttempt.succeeded, false)));
}

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

/** Ends sessions of a person: one, all, or all but one. Returns the ids that ended now. */
export async function revokeSessions(
  q: Queryable,
  personId: string,
  which: { only?: string; except?: string },
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
      ),
    )
    .returning({ id: authSession.id });
  return rows.map((row) => row.id);
}
