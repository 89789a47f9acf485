import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { facility, invitation, mail, membership } from '../../db/schema/index.ts';
import { rolesIn } from './experiment.policy.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let experimentId: string;
const system = testContext();
const DAY_MS = 24 * 3600 * 1000;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  ({ id: experimentId } = await w.make('A'));
  await w.members.add(system, { experimentId, email: w.email('other'), role: 'member' });
});

const offer = (ctx = w.as('pi'), personId = w.people.other) =>
  w.members.offerOwnership(ctx, { experimentId, personId });
const rolesOf = async () =>
  Object.fromEntries(
    (await w.db.select().from(membership).where(eq(membership.experimentId, experimentId))).map((row) => [
      row.personId,
      row.role,
    ]),
  );

describe('the ownership', () => {
  it('changes hands when the other accepts, and the former Owner becomes a Manager', async () => {
    for (const name of ['other', 'staff'] as const)
      expect(await codeOf(offer(w.as(name)))).toBe('NOT_ALLOWED');
    expect(await codeOf(offer(w.as('outsider')))).toBe('NOT_FOUND');
    expect(await codeOf(offer(w.as('pi'), w.people.outsider))).toBe('NOT_FOUND');
    expect(await codeOf(offer(w.as('pi'), w.people.pi))).toBe('ALREADY_DONE');
    const { offerId } = await offer();
    expect(await rolesOf()).toEqual({ [w.people.pi]: 'owner', [w.people.other]: 'member' });
    expect(await codeOf(offer())).toBe('CONFLICT');
    expect(await w.members.ownershipOffersToMe(w.as('other'))).toMatchObject([{ offerId }]);
    expect(await w.members.ownershipOffersToMe(w.as('outsider'))).toEqual([]);
    expect(await codeOf(w.members.acceptOwnership(w.as('pi'), { offerId }))).toBe('NOT_FOUND');
    await w.members.acceptOwnership(w.as('other'), { offerId });
    expect(await rolesOf()).toEqual({ [w.people.pi]: 'manager', [w.people.other]: 'owner' });
    expect(await codeOf(w.members.acceptOwnership(w.as('other'), { offerId }))).toBe('CONFLICT');
    expect(await codeOf(offer(w.as('pi')))).toBe('NOT_ALLOWED');
  });

  it('takes with it the invitations that only an Owner may make', async () => {
    await w.invitations.invite(w.as('pi'), { experimentId, to: 'm@example.org', role: 'manager' });
    await w.invitations.invite(w.as('pi'), { experimentId, to: 'n@example.org', role: 'member' });
    const { offerId } = await offer();
    await w.members.acceptOwnership(w.as('other'), { offerId });
    const rows = await w.db.select().from(invitation).where(eq(invitation.experimentId, experimentId));
    expect(Object.fromEntries(rows.map(({ role, state }) => [role, state]))).toEqual({
      manager: 'revoked',
      member: 'pending',
    });
  });

  it('accepted many times at once goes over once', async () => {
    const { offerId } = await offer();
    const endings = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(w.members.acceptOwnership(w.as('other'), { offerId }))),
    );
    expect(endings.filter((code) => code === 'done')).toHaveLength(1);
    expect(await rolesOf()).toEqual({ [w.people.pi]: 'manager', [w.people.other]: 'owner' });
  });

  it('stays where it is when the offer is taken back, declined, runs out, or its taker leaves', async () => {
    const first = await offer();
    await w.members.revokeOwnershipOffer(w.as('pi'), { experimentId });
    expect(await codeOf(w.members.acceptOwnership(w.as('other'), first))).toBe('CONFLICT');
    expect(await codeOf(w.members.revokeOwnershipOffer(w.as('pi'), { experimentId }))).toBe('CONFLICT');
    const second = await offer();
    await w.members.declineOwnership(w.as('other'), second);
    expect(await codeOf(w.members.acceptOwnership(w.as('other'), second))).toBe('CONFLICT');
    const third = await offer();
    const late = w.as('other');
    late.at(new Date(Date.now() + 15 * DAY_MS).toISOString());
    expect(await codeOf(w.members.acceptOwnership(late, third))).toBe('CONFLICT');
    const laterOwner = w.as('pi');
    laterOwner.at(late.now().toISOString());
    expect(await w.members.ownershipOffer(laterOwner, { experimentId })).toBeNull();
    const fourth = await offer(laterOwner);
    await w.members.remove(w.as('pi'), { experimentId, personId: w.people.other });
    expect(await codeOf(w.members.acceptOwnership(w.as('other'), fourth))).toBe('CONFLICT');
    expect(await rolesOf()).toEqual({ [w.people.pi]: 'owner' });
    const mails = await w.db
      .select()
      .from(mail)
      .where(and(eq(mail.kind, 'ownership-offer'), eq(mail.personId, w.people.other)));
    // One ran out by itself: the worker finds it late. The others were taken back.
    expect(mails.map(({ state }) => state).sort()).toEqual(['late', 'late', 'late', 'waiting']);
  });
});

describe('staff access to a proprietary experiment', () => {
  const finish = async () => {
    await w.experiments.activate(w.as('staff'), { experimentId });
    const { finishedAt } = await w.experiments.finish(w.as('staff'), { experimentId });
    return finishedAt.getTime();
  };
  const staffAt = (ms: number) => {
    const ctx = w.as('staff');
    ctx.at(new Date(ms).toISOString());
    return ctx;
  };
  const seesAt = async (ms: number) => {
    const ctx = staffAt(ms);
    const roles = await rolesIn(w.db, ctx, experimentId);
    const listed = (await w.experiments.list(ctx, {})).items.some(({ id }) => id === experimentId);
    expect(listed).toBe(roles.includes('staff'));
    return listed;
  };

  it('ends by the policy of the facility', async () => {
    const endMs = await finish();
    expect(await seesAt(endMs + 30 * DAY_MS - 1000)).toBe(true);
    expect(await seesAt(endMs + 30 * DAY_MS + 1000)).toBe(false);
    await w.db.update(facility).set({ staffAccessDays: 7 }).where(eq(facility.id, w.facility.id));
    expect(await seesAt(endMs + 7 * DAY_MS - 1000)).toBe(true);
    expect(await seesAt(endMs + 7 * DAY_MS + 1000)).toBe(false);
    expect(await w.members.staffAccess(w.as('pi'), { experimentId })).toMatchObject({
      ...{ policyDays: 7, endsAt: new Date(endMs + 7 * DAY_MS), isOver: false, extendedUntil: null },
      staff: [{ id: w.people.staff }],
    });
  });

  it('goes on while its Owner lets it, never shorter than the policy', async () => {
    const endMs = await finish();
    const until = new Date(endMs + 60 * DAY_MS);
    const extend = (ctx: ReturnType<typeof w.as>, date: Date | null) =>
      codeOf(w.members.extendStaffAccess(ctx, { experimentId, until: date }));
    for (const name of ['other', 'staff'] as const)
      expect(await extend(w.as(name), until)).toBe('NOT_ALLOWED');
    expect(await extend(w.as('admin'), until)).toBe('NOT_FOUND');
    expect(await extend(w.as('pi'), new Date(endMs - DAY_MS))).toBe('BAD_INPUT');
    expect(await extend(w.as('pi'), new Date(endMs + 400 * DAY_MS))).toBe('BAD_INPUT');
    expect(await extend(w.as('pi'), until)).toBe('done');
    expect(await seesAt(endMs + 59 * DAY_MS)).toBe(true);
    expect(await seesAt(endMs + 61 * DAY_MS)).toBe(false);
    expect(await extend(w.as('pi'), new Date(endMs + 2 * DAY_MS))).toBe('done');
    expect(await seesAt(endMs + 29 * DAY_MS)).toBe(true);
    expect(await extend(w.as('pi'), null)).toBe('done');
    expect(await seesAt(endMs + 31 * DAY_MS)).toBe(false);
  });
});
