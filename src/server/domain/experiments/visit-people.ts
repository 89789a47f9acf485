import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { inviteFromUserOffice, withdrawFromUserOffice } from '../invitations/user-office.ts';
import { withdrawBeyond } from '../invitations/withdraw-beyond.ts';
import { memberChanged } from './let-in.ts';
import {
  deleteMembership,
  findPersonByEmail,
  insertMembership,
  type PersonName,
  updateRole,
} from './membership.repository.ts';
import { endOffers } from './ownership.ts';
import {
  activePerson,
  findLink,
  isShutOut,
  membersOf,
  putLink,
  type VisitMember,
} from './visit.repository.ts';
import type { UpsertedVisit, VisitPerson } from './visit.types.ts';

/** The account of a person of the user office: by their id there when it is known, else by address, which the id is kept for. Null without account. */
export async function personOfVisit(
  tx: Transaction,
  ctx: ServiceContext,
  facilityId: string,
  wanted: { id?: string; email: string },
): Promise<PersonName | null> {
  const link = wanted.id === undefined ? null : await findLink(tx, facilityId, 'person', wanted.id);
  if (link) return activePerson(tx, link.entityId);
  const found = await findPersonByEmail(tx, wanted.email);
  if (found && wanted.id !== undefined) {
    const key = { facilityId, kind: 'person' as const, value: wanted.id };
    await putLink(tx, { ...key, entityId: found.id, createdAt: ctx.now() });
  }
  return found;
}

type Told = UpsertedVisit['people'][number];

/**
 * Brings the people of an experiment to what the visit says. Who has no account is invited. Who was let in by somebody keeps their place and role, named
 * in the visit or not, and so does its PI; who came with the visit and is not in it any more is out with the transaction, with the invitations they made, and an invitation
 * of the visit is taken back.
 */
export async function upsertPeople(
  tx: Transaction,
  ctx: ServiceContext,
  where: { experimentId: string; facilityId: string; piId: string | null },
  wanted: readonly VisitPerson[],
): Promise<Told[]> {
  const { experimentId, piId } = where;
  const before = new Map((await membersOf(tx, experimentId)).map((member) => [member.personId, member]));
  const told: Told[] = [];
  const named = new Set<string>();
  for (const each of wanted) {
    const found = await accountOrInvitation(tx, ctx, where, each);
    if ('outcome' in found) {
      told.push({ email: each.email, outcome: found.outcome });
      continue;
    }
    const { personId } = found;
    // Named twice, the first counts.
    if (named.has(personId)) continue;
    named.add(personId);
    const known = before.get(personId);
    // The PI may have handed the ownership over, and keeps the role that was left then.
    const outcome =
      known && personId === piId
        ? 'unchanged'
        : await placePerson(tx, ctx, experimentId, personId, each.role, known);
    told.push({ email: each.email, outcome });
  }
  const addresses = wanted.map(({ email }) => email);
  for (const email of await withdrawFromUserOffice(tx, ctx, experimentId, addresses)) {
    told.push({ email, outcome: 'withdrawn' });
  }
  for (const member of before.values()) {
    const stays = member.role === 'owner' || member.personId === piId || named.has(member.personId);
    if (member.origin !== 'user-office' || stays) continue;
    await withdraw(tx, ctx, experimentId, member);
    told.push({ email: member.email, outcome: 'withdrawn' });
  }
  return told;
}

/** The account of a person of the visit, or what became of the invitation of somebody without one. */
async function accountOrInvitation(
  tx: Transaction,
  ctx: ServiceContext,
  { experimentId, facilityId }: { experimentId: string; facilityId: string },
  { id, email, role }: VisitPerson,
): Promise<{ personId: string } | { outcome: Told['outcome'] }> {
  const account = await personOfVisit(tx, ctx, facilityId, { id, email });
  if (account) return { personId: account.id };
  if (await isShutOut(tx, facilityId, { id, email })) return { outcome: 'disabled' };
  const invited = await inviteFromUserOffice(tx, ctx, { experimentId, email, role });
  if (typeof invited === 'string') return { outcome: invited };
  const taker = await activePerson(tx, invited.acceptedBy);
  if (!taker) return { outcome: 'disabled' };
  // Accepted with an account of another address: known by the id there from now on.
  if (id !== undefined) {
    const key = { facilityId, kind: 'person' as const, value: id };
    await putLink(tx, { ...key, entityId: taker.id, createdAt: ctx.now() });
  }
  return { personId: taker.id };
}

async function placePerson(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  personId: string,
  role: VisitPerson['role'],
  before: VisitMember | undefined,
): Promise<Told['outcome']> {
  if (!before) {
    await insertMembership(tx, { experimentId, personId, role, origin: 'user-office', createdAt: ctx.now() });
    await memberChanged(tx, ctx, experimentId, personId, 'member.add', { role, origin: 'user-office' });
    return 'created';
  }
  if (before.origin !== 'user-office' || before.role === role || before.role === 'owner') return 'unchanged';
  await updateRole(tx, { experimentId, personId, from: before.role, to: role });
  await memberChanged(tx, ctx, experimentId, personId, 'member.role', { from: before.role, to: role });
  await withdrawBeyond(tx, ctx, { experimentId, personId, left: [role] });
  return 'updated';
}

async function withdraw(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  { personId, role }: VisitMember,
): Promise<void> {
  await deleteMembership(tx, { experimentId, personId, role });
  await memberChanged(tx, ctx, experimentId, personId, 'member.remove', { role, origin: 'user-office' });
  await endOffers(tx, ctx, { experimentId, personId });
  await withdrawBeyond(tx, ctx, { experimentId, personId, left: [] });
}
