import { and, count, desc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { OfferState } from '#src/shared/model/invitation.ts';
import type { ExperimentRole } from '#src/shared/permissions/permission-table.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  authSession,
  experiment,
  facility,
  instrument,
  invitation,
  membership,
  person,
} from '../../db/schema/index.ts';

export type InvitationRow = typeof invitation.$inferSelect;

/** Whom an invitation is for: an address, or who has a user name. */
export type Invitee = { email: string } | { userName: string; personId: string | null };

const sameInvitee = (to: Invitee) =>
  'email' in to ? sql`lower(${invitation.email}) = lower(${to.email})` : eq(invitation.userName, to.userName);

/** False when the same person is invited already. */
export async function insertInvitation(q: Queryable, row: typeof invitation.$inferInsert): Promise<boolean> {
  const made = await q.insert(invitation).values(row).onConflictDoNothing().returning({ id: invitation.id });
  return made.length > 0;
}

/** What ran out without an answer is written down as expired, so that the same person can be invited anew. */
export async function expireInvitations(
  tx: Transaction,
  experimentId: string,
  to: Invitee,
  now: Date,
): Promise<void> {
  await tx
    .update(invitation)
    .set({ state: 'expired' })
    .where(
      and(
        eq(invitation.experimentId, experimentId),
        sameInvitee(to),
        eq(invitation.state, 'pending'),
        lte(invitation.expiresAt, now),
      ),
    );
}

/** From `pending` to another state; null when it was not pending any more. */
export async function answerInvitation(
  tx: Transaction,
  invitationId: string,
  to: Exclude<OfferState, 'pending'>,
  by: { at: Date; personId: string | null },
): Promise<InvitationRow | null> {
  const [row] = await tx
    .update(invitation)
    .set({ state: to, answeredAt: by.at, answeredBy: by.personId })
    .where(and(eq(invitation.id, invitationId), eq(invitation.state, 'pending')))
    .returning();
  return row ?? null;
}

/** Gives a pending invitation a new link and more time. */
export async function renewInvitation(
  tx: Transaction,
  invitationId: string,
  set: Pick<InvitationRow, 'tokenHash' | 'sentAt' | 'expiresAt' | 'sends'>,
): Promise<InvitationRow | null> {
  const [row] = await tx
    .update(invitation)
    .set(set)
    .where(and(eq(invitation.id, invitationId), eq(invitation.state, 'pending')))
    .returning();
  return row ?? null;
}

export async function countSentBy(q: Queryable, personId: string, since: Date): Promise<number> {
  const [row] = await q
    .select({ sent: count() })
    .from(invitation)
    .where(and(eq(invitation.invitedBy, personId), gt(invitation.sentAt, since)));
  return row?.sent ?? 0;
}

const inviter = alias(person, 'inviter');
const named = alias(person, 'named');

const views = (q: Queryable) =>
  q
    .select({
      invitation,
      inviter: { id: inviter.id, name: inviter.name, disabledAt: inviter.disabledAt },
      named: { id: named.id, name: named.name, email: named.email },
      experiment: { id: experiment.id, code: experiment.code, kind: experiment.kind },
      instrumentName: instrument.name,
      facility: { name: facility.name, timeZone: facility.timeZone },
    })
    .from(invitation)
    .innerJoin(experiment, eq(experiment.id, invitation.experimentId))
    .leftJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .leftJoin(inviter, eq(inviter.id, invitation.invitedBy))
    .leftJoin(named, eq(named.id, invitation.personId))
    .$dynamic();

export type InvitationFacts = Awaited<ReturnType<typeof views>>[number];

export async function findInvitation(q: Queryable, invitationId: string): Promise<InvitationFacts | null> {
  const [row] = await views(q).where(eq(invitation.id, invitationId));
  return row ?? null;
}

export async function findByToken(q: Queryable, tokenHash: string): Promise<InvitationFacts | null> {
  const [row] = await views(q).where(eq(invitation.tokenHash, tokenHash));
  return row ?? null;
}

/** Those of an experiment that wait, run out ones too; the newest first. */
export async function pendingOf(q: Queryable, experimentId: string): Promise<InvitationFacts[]> {
  return views(q)
    .where(and(eq(invitation.experimentId, experimentId), eq(invitation.state, 'pending')))
    .orderBy(desc(invitation.id));
}

/** Those that this person may answer now: by the proved address, or by name. */
export async function pendingFor(
  q: Queryable,
  who: { id: string; provedEmail: string | null },
  now: Date,
): Promise<InvitationFacts[]> {
  const byEmail =
    who.provedEmail === null ? undefined : sql`lower(${invitation.email}) = lower(${who.provedEmail})`;
  return views(q)
    .where(
      and(
        eq(invitation.state, 'pending'),
        gt(invitation.expiresAt, now),
        or(eq(invitation.personId, who.id), byEmail),
      ),
    )
    .orderBy(desc(invitation.id));
}

/** Those to an address that may be accepted now. */
export async function pendingTo(q: Queryable, email: string, now: Date): Promise<InvitationFacts[]> {
  return views(q)
    .where(
      and(
        eq(invitation.state, 'pending'),
        gt(invitation.expiresAt, now),
        sql`lower(${invitation.email}) = lower(${email})`,
      ),
    )
    .orderBy(desc(invitation.id));
}

/** The last one to an address that was made in an experiment, whatever became of it. */
export async function newestTo(
  q: Queryable,
  experimentId: string,
  email: string,
): Promise<InvitationRow | null> {
  const [row] = await q
    .select()
    .from(invitation)
    .where(and(eq(invitation.experimentId, experimentId), sameInvitee({ email })))
    .orderBy(desc(invitation.id))
    .limit(1);
  return row ?? null;
}

/** Those of people whom a visit named, that wait. */
export async function pendingFromUserOffice(q: Queryable, experimentId: string): Promise<InvitationRow[]> {
  return q
    .select()
    .from(invitation)
    .where(
      and(
        eq(invitation.experimentId, experimentId),
        eq(invitation.origin, 'user-office'),
        eq(invitation.state, 'pending'),
      ),
    );
}

/** Of a pending one, from one role to another; null when it is not so any more. */
export async function changeRole(
  tx: Transaction,
  invitationId: string,
  role: { from: InvitationRow['role']; to: InvitationRow['role'] },
): Promise<InvitationRow | null> {
  const [row] = await tx
    .update(invitation)
    .set({ role: role.to })
    .where(
      and(eq(invitation.id, invitationId), eq(invitation.state, 'pending'), eq(invitation.role, role.from)),
    )
    .returning();
  return row ?? null;
}

/** Pending ones that this person made in this experiment. */
export async function pendingBy(
  q: Queryable,
  experimentId: string,
  personId: string,
): Promise<InvitationRow[]> {
  return q
    .select()
    .from(invitation)
    .where(
      and(
        eq(invitation.experimentId, experimentId),
        eq(invitation.invitedBy, personId),
        eq(invitation.state, 'pending'),
      ),
    );
}

export interface Account {
  id: string;
  name: string;
  email: string;
  /** Null until the address is proved. */
  provedEmail: string | null;
}

const accounts = (q: Queryable) =>
  q
    .select({
      id: person.id,
      name: person.name,
      email: person.email,
      provedEmail: sql<
        string | null
      >`case when ${person.emailVerifiedAt} is null then null else ${person.email} end`,
    })
    .from(person)
    .$dynamic();

export async function accountById(q: Queryable, personId: string): Promise<Account | null> {
  const [row] = await accounts(q).where(eq(person.id, personId));
  return row ?? null;
}

export async function accountByUserName(q: Queryable, userName: string): Promise<Account | null> {
  const [row] = await accounts(q).where(and(eq(person.userName, userName), isNull(person.disabledAt)));
  return row ?? null;
}

/** Disabled ones too: their address is taken. */
export async function accountByEmail(q: Queryable, email: string): Promise<Account | null> {
  const [row] = await accounts(q).where(sql`lower(${person.email}) = lower(${email})`);
  return row ?? null;
}

/** The role and name of somebody in the experiment with this address or id; null when nobody in it has it. */
export async function memberLike(
  q: Queryable,
  experimentId: string,
  to: Invitee,
): Promise<{ name: string; role: ExperimentRole } | null> {
  const whose =
    'email' in to
      ? sql`lower(${person.email}) = lower(${to.email})`
      : eq(person.id, to.personId ?? '00000000-0000-0000-0000-000000000000');
  const [row] = await q
    .select({ name: person.name, role: membership.role })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(and(eq(membership.experimentId, experimentId), whose));
  return row ?? null;
}

/** How often this person has signed in, as far as is still known. */
export async function countSessions(q: Queryable, personId: string): Promise<number> {
  const [row] = await q
    .select({ sessions: count() })
    .from(authSession)
    .where(eq(authSession.personId, personId));
  return row?.sessions ?? 0;
}

/** What an invitation mail says about where it leads. */
export async function placeOf(q: Queryable, experimentId: string) {
  const [row] = await q
    .select({
      code: experiment.code,
      instrumentName: instrument.name,
      facilityName: facility.name,
      timeZone: facility.timeZone,
    })
    .from(experiment)
    .leftJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .where(eq(experiment.id, experimentId));
  return row!;
}
