import { and, asc, count, eq, ilike, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { containing } from '../../db/containing.ts';
import { membership, person, projectLink } from '../../db/schema/index.ts';

export interface PersonName {
  id: string;
  name: string;
  email: string;
}

export interface MemberRow extends PersonName {
  role: ExperimentRole;
  since: Date;
  /** Who let them in; null where nobody did. */
  addedBy: string | null;
  /** `user-office`: came with a visit of the user office. */
  origin: (typeof membership.$inferSelect)['origin'];
}

const adder = alias(person, 'adder');

const MEMBER = {
  id: person.id,
  name: person.name,
  email: person.email,
  role: membership.role,
  since: membership.createdAt,
  addedBy: adder.name,
  origin: membership.origin,
};

/** E-mail addresses are compared without case, as the unique index does. */
export async function findPersonByEmail(q: Queryable, email: string): Promise<PersonName | null> {
  const [row] = await q
    .select({ id: person.id, name: person.name, email: person.email })
    .from(person)
    .where(and(sql`lower(${person.email}) = lower(${email})`, sql`${person.disabledAt} is null`));
  return row ?? null;
}

/** Returns false when the person is a member already. */
export async function insertMembership(
  tx: Transaction,
  row: typeof membership.$inferInsert,
): Promise<boolean> {
  const inserted = await tx
    .insert(membership)
    .values(row)
    .onConflictDoNothing({ target: [membership.experimentId, membership.personId] })
    .returning({ personId: membership.personId });
  return inserted.length === 1;
}

export async function findMember(
  q: Queryable,
  experimentId: string,
  personId: string,
): Promise<MemberRow | null> {
  const [row] = await q
    .select(MEMBER)
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .leftJoin(adder, eq(adder.id, membership.addedBy))
    .where(and(eq(membership.experimentId, experimentId), eq(membership.personId, personId)));
  return row ?? null;
}

/** Where somebody stands in the list of members. */
export interface MemberPlace {
  rank: number;
  name: string;
  id: string;
}

const rank = sql<number>`array_position(array['owner', 'manager', 'member', 'viewer'], ${membership.role})`;
const byName = sql<string>`lower(${person.name})`;

/** Of an experiment, those with this text in name, address or role. */
const wanted = (experimentId: string, search: string | undefined) => {
  const text = search === undefined ? undefined : containing(search);
  return and(
    eq(membership.experimentId, experimentId),
    text === undefined
      ? undefined
      : or(ilike(person.name, text), ilike(person.email, text), ilike(membership.role, text)),
  );
};

/** Owner first, then managers, members, viewers; each by name without case, then id. */
export async function listMembers(
  q: Queryable,
  input: { experimentId: string; search?: string; after?: MemberPlace; limit: number },
): Promise<(MemberRow & { rank: number })[]> {
  const { after } = input;
  return q
    .select({ ...MEMBER, rank })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .leftJoin(adder, eq(adder.id, membership.addedBy))
    .where(
      and(
        wanted(input.experimentId, input.search),
        after
          ? sql`(${rank}, ${byName}, ${person.id}) > (${after.rank}::int, lower(${after.name}), ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(rank), asc(byName), asc(person.id))
    .limit(input.limit);
}

export async function countMembers(q: Queryable, experimentId: string, search?: string): Promise<number> {
  if (search === undefined) return q.$count(membership, eq(membership.experimentId, experimentId));
  const [row] = await q
    .select({ n: count() })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(wanted(experimentId, search));
  return row!.n;
}

/** Changes the role only from `from`, so that a decision made on an old state does not stand. */
export async function updateRole(
  tx: Transaction,
  input: { experimentId: string; personId: string; from: ExperimentRole; to: ExperimentRole },
): Promise<boolean> {
  const updated = await tx
    .update(membership)
    .set({ role: input.to })
    .where(
      and(
        eq(membership.experimentId, input.experimentId),
        eq(membership.personId, input.personId),
        eq(membership.role, input.from),
      ),
    )
    .returning({ personId: membership.personId });
  return updated.length === 1;
}

export async function deleteMembership(
  tx: Transaction,
  input: { experimentId: string; personId: string; role: ExperimentRole },
): Promise<boolean> {
  const deleted = await tx
    .delete(membership)
    .where(
      and(
        eq(membership.experimentId, input.experimentId),
        eq(membership.personId, input.personId),
        eq(membership.role, input.role),
      ),
    )
    .returning({ personId: membership.personId });
  return deleted.length === 1;
}

/** Ids of the experiments that a project reads; of an experiment none. */
export async function experimentsReadBy(q: Queryable, projectId: string): Promise<string[]> {
  const rows = await q
    .select({ experimentId: projectLink.experimentId })
    .from(projectLink)
    .where(eq(projectLink.projectId, projectId));
  return rows.map((row) => row.experimentId);
}
