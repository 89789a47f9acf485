import { and, eq, like, sql } from 'drizzle-orm';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { externalId, membership, person } from '../../db/schema/index.ts';

type Kind = (typeof externalId.$inferInsert)['kind'];

/** Two calls about one visit follow each other, also when it is not there yet. */
export async function lockVisit(tx: Transaction, facilityId: string, visit: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`visit ${facilityId} ${visit}`}, 0))`);
}

/** What an external id stands for, and what was kept with it; null when it is new. */
export async function findLink(
  q: Queryable,
  facilityId: string,
  kind: Kind,
  value: string,
): Promise<{ entityId: string; detail: Record<string, unknown> } | null> {
  const [row] = await q
    .select({ entityId: externalId.entityId, detail: externalId.detail })
    .from(externalId)
    .where(
      and(eq(externalId.facilityId, facilityId), eq(externalId.kind, kind), eq(externalId.value, value)),
    );
  return row ? { entityId: row.entityId, detail: row.detail ?? {} } : null;
}

export async function putLink(tx: Transaction, row: typeof externalId.$inferInsert): Promise<void> {
  await tx
    .insert(externalId)
    .values(row)
    .onConflictDoUpdate({
      target: [externalId.facilityId, externalId.kind, externalId.value],
      set: { entityId: row.entityId, detail: row.detail },
    });
}

/** Samples of a visit by what the other system knows them by: those ids are the visit's own. */
export async function samplesOfVisit(
  q: Queryable,
  facilityId: string,
  visit: string,
): Promise<Map<string, string>> {
  const prefix = `${visit}/`;
  const rows = await q
    .select({ value: externalId.value, entityId: externalId.entityId })
    .from(externalId)
    .where(
      and(
        eq(externalId.facilityId, facilityId),
        eq(externalId.kind, 'sample'),
        like(externalId.value, `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`),
      ),
    );
  return new Map(rows.map(({ value, entityId }) => [value.slice(prefix.length), entityId]));
}

export interface VisitMember {
  personId: string;
  email: string;
  role: ExperimentRole;
  origin: (typeof membership.$inferSelect)['origin'];
}

export function membersOf(q: Queryable, experimentId: string): Promise<VisitMember[]> {
  return q
    .select({
      personId: membership.personId,
      email: person.email,
      role: membership.role,
      origin: membership.origin,
    })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(eq(membership.experimentId, experimentId));
}

/** An account that can be used. */
export async function activePerson(
  q: Queryable,
  personId: string,
): Promise<{ id: string; name: string; email: string } | null> {
  const [row] = await q
    .select({ id: person.id, name: person.name, email: person.email })
    .from(person)
    .where(and(eq(person.id, personId), sql`${person.disabledAt} is null`));
  return row ?? null;
}

/** Whether the person, by their id there or by address, has an account that cannot be used. */
export async function isShutOut(
  q: Queryable,
  facilityId: string,
  who: { id?: string; email: string },
): Promise<boolean> {
  const link = who.id === undefined ? null : await findLink(q, facilityId, 'person', who.id);
  const which = link ? eq(person.id, link.entityId) : sql`lower(${person.email}) = lower(${who.email})`;
  const [row] = await q
    .select({ id: person.id })
    .from(person)
    .where(and(which, sql`${person.disabledAt} is not null`));
  return row !== undefined;
}
