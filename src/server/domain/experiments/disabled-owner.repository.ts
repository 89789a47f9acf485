import { and, asc, eq, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, facility, membership, person } from '../../db/schema/index.ts';

const owner = alias(person, 'owner');

const owned = (q: Queryable) =>
  q
    .select({
      experimentId: experiment.id,
      code: experiment.code,
      kind: experiment.kind,
      owner: { id: owner.id, name: owner.name, email: owner.email },
      disabledAt: owner.disabledAt,
      timeZone: facility.timeZone,
    })
    .from(membership)
    .innerJoin(owner, eq(owner.id, membership.personId))
    .innerJoin(experiment, eq(experiment.id, membership.experimentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .$dynamic();

export type OwnedRow = Awaited<ReturnType<typeof owned>>[number];

/** Experiments and projects of a facility whose Owner is disabled, those longest without one first. */
export async function ownedByDisabled(q: Queryable, facilityId: string, limit: number): Promise<OwnedRow[]> {
  return owned(q)
    .where(
      and(eq(experiment.facilityId, facilityId), eq(membership.role, 'owner'), isNotNull(owner.disabledAt)),
    )
    .orderBy(asc(owner.disabledAt), asc(experiment.code))
    .limit(limit);
}

/** One of them, with its Owner's account held until the transaction ends; null when it is none (any more). */
export async function lockOwnedByDisabled(
  tx: Transaction,
  facilityId: string,
  experimentId: string,
): Promise<OwnedRow | null> {
  const [row] = await owned(tx)
    .where(
      and(
        eq(experiment.id, experimentId),
        eq(experiment.facilityId, facilityId),
        eq(membership.role, 'owner'),
        isNotNull(owner.disabledAt),
      ),
    )
    .for('update', { of: owner });
  return row ?? null;
}

export interface HeirRow {
  experimentId: string;
  id: string;
  name: string;
  email: string;
  role: ExperimentRole;
}

/** Who else is in them and can sign in: Managers, Members, Viewers, each by name. */
export async function othersIn(q: Queryable, experimentIds: readonly string[]): Promise<HeirRow[]> {
  if (experimentIds.length === 0) return [];
  return q
    .select({
      experimentId: membership.experimentId,
      id: person.id,
      name: person.name,
      email: person.email,
      role: membership.role,
    })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(
      and(
        inArray(membership.experimentId, [...experimentIds]),
        ne(membership.role, 'owner'),
        isNull(person.disabledAt),
      ),
    )
    .orderBy(
      sql`array_position(array['manager', 'member', 'viewer'], ${membership.role})`,
      asc(person.name),
      asc(person.id),
    );
}
