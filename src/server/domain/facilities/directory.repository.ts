import { and, asc, eq, ilike, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable, Transaction } from '../../db/client.ts';
import { containing } from '../../db/containing.ts';
import { isOfFacility, isOnlyFacility, tiedElsewhere } from '../../db/people-of-facility.ts';
import {
  authSession,
  experiment,
  facilityAdmin,
  instrument,
  instrumentStaff,
  lab,
  labMember,
  membership,
  person,
} from '../../db/schema/index.ts';

import type { DirectoryPerson } from './facility.types.ts';

const admin = alias(facilityAdmin, 'own_admin');

const columns = (facilityId: string) => ({
  id: person.id,
  name: person.name,
  email: person.email,
  isAdmin: sql<boolean>`${admin.personId} is not null`,
  staffOf: sql<{ slug: string; name: string }[]>`coalesce((
    select json_agg(json_build_object('slug', ${instrument.slug}, 'name', ${instrument.name}) order by ${instrument.name})
    from ${instrumentStaff} join ${instrument} on ${instrument.id} = ${instrumentStaff.instrumentId}
    where ${instrumentStaff.personId} = ${person.id} and ${instrument.facilityId} = ${facilityId}), '[]'::json)`,
  labs: sql<string[]>`coalesce((
    select json_agg(${lab.name} order by ${lab.name}) from ${labMember} join ${lab} on ${lab.id} = ${labMember.labId}
    where ${labMember.personId} = ${person.id} and ${lab.facilityId} = ${facilityId}), '[]'::json)`,
  experiments: sql<number>`(
    select count(*)::int from ${membership} join ${experiment} on ${experiment.id} = ${membership.experimentId}
    where ${membership.personId} = ${person.id} and ${experiment.facilityId} = ${facilityId} and ${experiment.kind} = 'experiment')`,
  hasPassword: sql<boolean>`${person.passwordHash} is not null`,
  lastSeenAt: sql<string | null>`(
    select max(${authSession.lastSeenAt}) from ${authSession} where ${authSession.personId} = ${person.id})`,
  createdAt: person.createdAt,
  disabledAt: person.disabledAt,
});

export interface DirectoryFilter {
  facilityId: string;
  search?: string;
  show: 'all' | 'admins' | 'disabled';
  /** The last one seen. */
  after?: { name: string; id: string };
  limit: number;
}

/** By name without case, then id. */
export async function listPeople(q: Queryable, filter: DirectoryFilter): Promise<DirectoryPerson[]> {
  const text = filter.search === undefined ? undefined : containing(filter.search);
  const { facilityId, after } = filter;
  const isAlone = await isOnlyFacility(q, facilityId);
  const rows = await q
    .select(columns(facilityId))
    .from(person)
    .leftJoin(admin, and(eq(admin.personId, person.id), eq(admin.facilityId, facilityId)))
    .where(
      and(
        isAlone ? undefined : isOfFacility(facilityId),
        text ? or(ilike(person.name, text), ilike(person.email, text)) : undefined,
        filter.show === 'admins' ? isNotNull(admin.personId) : undefined,
        filter.show === 'disabled' ? isNotNull(person.disabledAt) : undefined,
        after
          ? sql`(lower(${person.name}), ${person.id}) > (lower(${after.name}), ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(sql`lower(${person.name})`), asc(person.id))
    .limit(filter.limit);
  return rows.map((row) => ({
    ...row,
    lastSeenAt: row.lastSeenAt === null ? null : new Date(row.lastSeenAt),
  }));
}

/** The person, held until the transaction ends, and whether another facility has to do with them; null for nobody of this one. */
export async function lockPersonOf(tx: Transaction, facilityId: string, personId: string) {
  const [row] = await tx
    .select({ person, isElsewhere: sql<boolean>`${tiedElsewhere(facilityId)}` })
    .from(person)
    .where(and(eq(person.id, personId), isOfFacility(facilityId)))
    .for('update', { of: person });
  return row ?? null;
}

/** False when they were (not) disabled before. */
export async function setDisabled(tx: Transaction, personId: string, at: Date | null): Promise<boolean> {
  const changed = await tx
    .update(person)
    .set({ disabledAt: at })
    .where(
      and(eq(person.id, personId), at === null ? isNotNull(person.disabledAt) : isNull(person.disabledAt)),
    )
    .returning({ id: person.id });
  return changed.length > 0;
}

export async function endSessions(tx: Transaction, personId: string, at: Date): Promise<number> {
  const ended = await tx
    .update(authSession)
    .set({ revokedAt: at })
    .where(and(eq(authSession.personId, personId), isNull(authSession.revokedAt)))
    .returning({ id: authSession.id });
  return ended.length;
}

export async function findByEmail(q: Queryable, email: string) {
  const [row] = await q
    .select()
    .from(person)
    .where(eq(sql`lower(${person.email})`, email.trim().toLowerCase()));
  return row ?? null;
}

export async function deleteAdmin(tx: Transaction, facilityId: string, personId: string): Promise<boolean> {
  const gone = await tx
    .delete(facilityAdmin)
    .where(and(eq(facilityAdmin.facilityId, facilityId), eq(facilityAdmin.personId, personId)))
    .returning();
  return gone.length > 0;
}

/** Admins other than this person who may still sign in. */
export async function countOtherAdmins(q: Queryable, facilityId: string, personId: string): Promise<number> {
  const rows = await q
    .select({ id: person.id })
    .from(facilityAdmin)
    .innerJoin(person, eq(person.id, facilityAdmin.personId))
    .where(
      and(
        eq(facilityAdmin.facilityId, facilityId),
        isNull(person.disabledAt),
        sql`${person.id} <> ${personId}`,
      ),
    );
  return rows.length;
}
