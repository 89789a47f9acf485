import { and, asc, desc, eq, gt, gte, isNull, lte } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { facilityAdmin, instrumentStaff, onCall, person } from '../../db/schema/index.ts';

export interface StaffRow {
  personId: string;
  name: string;
  email: string;
  /** Whether they proved to read mail sent to their address. */
  isProved: boolean;
}

/** The staff of an instrument whose accounts count, by name. */
export async function staffOf(q: Queryable, instrumentId: string): Promise<StaffRow[]> {
  const rows = await q
    .select({ personId: person.id, name: person.name, email: person.email, provedAt: person.emailVerifiedAt })
    .from(instrumentStaff)
    .innerJoin(person, eq(person.id, instrumentStaff.personId))
    .where(and(eq(instrumentStaff.instrumentId, instrumentId), isNull(person.disabledAt)))
    .orderBy(asc(person.name), asc(person.id));
  return rows.map(({ provedAt, ...row }) => ({ ...row, isProved: provedAt !== null }));
}

/** The admins of a facility whose accounts count. */
export async function adminsOf(q: Queryable, facilityId: string): Promise<StaffRow[]> {
  const rows = await q
    .select({ personId: person.id, name: person.name, email: person.email, provedAt: person.emailVerifiedAt })
    .from(facilityAdmin)
    .innerJoin(person, eq(person.id, facilityAdmin.personId))
    .where(and(eq(facilityAdmin.facilityId, facilityId), isNull(person.disabledAt)))
    .orderBy(asc(person.id));
  return rows.map(({ provedAt, ...row }) => ({ ...row, isProved: provedAt !== null }));
}

export interface HandOverRow {
  id: string;
  instrumentId: string;
  startsAt: Date;
  personId: string | null;
  name: string | null;
}

const HAND_OVER = {
  id: onCall.id,
  instrumentId: onCall.instrumentId,
  startsAt: onCall.startsAt,
  personId: onCall.personId,
  name: person.name,
};

const handOversOf = (q: Queryable) =>
  q.select(HAND_OVER).from(onCall).leftJoin(person, eq(person.id, onCall.personId));

/** The hand-over that counts at an instant; null before the first. */
export async function handOverAt(q: Queryable, instrumentId: string, at: Date): Promise<HandOverRow | null> {
  const [row] = await handOversOf(q)
    .where(and(eq(onCall.instrumentId, instrumentId), lte(onCall.startsAt, at)))
    .orderBy(desc(onCall.startsAt))
    .limit(1);
  return row ?? null;
}

/** Those after an instant, the next first. */
export async function handOversAfter(
  q: Queryable,
  instrumentId: string,
  at: Date,
  limit: number,
): Promise<HandOverRow[]> {
  return handOversOf(q)
    .where(and(eq(onCall.instrumentId, instrumentId), gt(onCall.startsAt, at)))
    .orderBy(asc(onCall.startsAt))
    .limit(limit);
}

/** Those of an instrument from an instant on, with the one that counts then; the first first. */
export async function handOversFrom(q: Queryable, instrumentId: string, from: Date, limit: number) {
  const first = await handOverAt(q, instrumentId, from);
  const later = await handOversAfter(q, instrumentId, from, limit);
  return first ? [first, ...later] : later;
}

export async function findHandOver(q: Queryable, id: string): Promise<HandOverRow | null> {
  const [row] = await handOversOf(q).where(eq(onCall.id, id));
  return row ?? null;
}

/** False when there is one at that very instant. */
export async function insertHandOver(tx: Transaction, row: typeof onCall.$inferInsert): Promise<boolean> {
  const made = await tx.insert(onCall).values(row).onConflictDoNothing().returning({ id: onCall.id });
  return made.length > 0;
}

/** One that is still to come; false when it has come, or is gone. */
export async function deleteHandOver(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.delete(onCall).where(and(eq(onCall.id, id), gte(onCall.startsAt, now)));
  return rowCount === 1;
}
