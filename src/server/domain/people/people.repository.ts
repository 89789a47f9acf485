import { and, asc, count, eq, exists, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '#src/server/db/client.ts';
import { isNameTaken } from '#src/server/db/name-taken.ts';
import {
  facility,
  facilityAdmin,
  identity,
  instrument,
  instrumentStaff,
  oneTimeLink,
  person,
} from '#src/server/db/schema/index.ts';

export type PersonRow = typeof person.$inferSelect;
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

export async function insertFacility(q: Queryable, row: typeof facility.$inferInsert): Promise<FacilityRow> {
  const [made] = await q.insert(facility).values(row).returning();
  return made!;
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
  const hasIdentity = exists(
    q.select({ id: identity.id }).from(identity).where(eq(identity.personId, person.id)),
  );
  const rows = await q
    .select({ personId: facilityAdmin.personId })
    .from(facilityAdmin)
    .innerJoin(person, eq(person.id, facilityAdmin.personId))
    .where(and(isNull(person.disabledAt), or(isNotNull(person.passwordHash), hasIdentity)))
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

export type LinkPurpose = (typeof oneTimeLink.$inferSelect)['purpose'];

/** Links of a person for this purpose that could still be used stop working. */
export async function expireLinks(
  q: Queryable,
  personId: string,
  purpose: LinkPurpose,
  now: Date,
): Promise<void> {
  await q
    .update(oneTimeLink)
    .set({ usedAt: now })
    .where(
      and(eq(oneTimeLink.personId, personId), eq(oneTimeLink.purpose, purpose), isNull(oneTimeLink.usedAt)),
    );
}

export async function countLinks(
  q: Queryable,
  personId: string,
  purpose: LinkPurpose,
  since: Date,
): Promise<number> {
  const [row] = await q
    .select({ links: count() })
    .from(oneTimeLink)
    .where(
      and(
        eq(oneTimeLink.personId, personId),
        eq(oneTimeLink.purpose, purpose),
        gt(oneTimeLink.createdAt, since),
      ),
    );
  return row?.links ?? 0;
}

const usable = (tokenHash: string, purpose: LinkPurpose, now: Date) =>
  and(
    eq(oneTimeLink.tokenHash, tokenHash),
    eq(oneTimeLink.purpose, purpose),
    isNull(oneTimeLink.usedAt),
    gt(oneTimeLink.expiresAt, now),
  );

/** The person who may set a password with a link, when it may still be used. */
export async function personOfLink(q: Queryable, tokenHash: string, now: Date): Promise<PersonRow | null> {
  const rows = await q
    .select({ person })
    .from(oneTimeLink)
    .innerJoin(person, eq(person.id, oneTimeLink.personId))
    .where(and(usable(tokenHash, 'set-password', now), isNull(person.disabledAt)));
  return rows[0]?.person ?? null;
}

/** The address that a link proves for this person, when it may still be used. */
export async function addressOfLink(
  q: Queryable,
  tokenHash: string,
  personId: string,
  now: Date,
): Promise<string | null> {
  const [row] = await q
    .select({ email: oneTimeLink.email })
    .from(oneTimeLink)
    .where(and(usable(tokenHash, 'verify-address', now), eq(oneTimeLink.personId, personId)));
  return row?.email ?? null;
}

/** Uses a link up. Of two who come at once exactly one gets true: the condition stands in the update. */
export async function consumeLink(
  q: Queryable,
  tokenHash: string,
  purpose: LinkPurpose,
  now: Date,
): Promise<boolean> {
  const used = await q
    .update(oneTimeLink)
    .set({ usedAt: now })
    .where(usable(tokenHash, purpose, now))
    .returning({ id: oneTimeLink.id });
  return used.length > 0;
}

/** The address was proved; one that was before keeps its time. */
export async function markProved(q: Queryable, personId: string, now: Date): Promise<void> {
  await q
    .update(person)
    .set({ emailVerifiedAt: now })
    .where(and(eq(person.id, personId), isNull(person.emailVerifiedAt)));
}

/** Makes a change that a unique name may forbid; false, and the transaction goes on, when it does. */
async function unlessTaken(tx: Transaction, change: (q: Queryable) => Promise<unknown>): Promise<boolean> {
  try {
    await tx.transaction(change);
    return true;
  } catch (error) {
    if (isNameTaken(error)) return false;
    throw error;
  }
}

/** False when another account has the address. */
export async function setAddress(
  tx: Transaction,
  personId: string,
  email: string,
  now: Date,
): Promise<boolean> {
  return unlessTaken(tx, (q) =>
    q.update(person).set({ email, emailVerifiedAt: now }).where(eq(person.id, personId)),
  );
}

/** False when somebody else has it. */
export async function setUserName(
  tx: Transaction,
  personId: string,
  userName: string | null,
): Promise<boolean> {
  return unlessTaken(tx, (q) => q.update(person).set({ userName }).where(eq(person.id, personId)));
}

/** Has a worker find out whether there is such an account; once for questions that come together. */
export async function enqueuePasswordLink(q: Queryable, email: string): Promise<void> {
  await q.execute(sql`
    select graphile_worker.add_job(
      'send-password-link',
      json_build_object('email', ${email}::text),
      job_key => ${`send-password-link:${email}`}::text
    )`);
}
