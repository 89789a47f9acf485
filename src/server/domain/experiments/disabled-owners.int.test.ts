import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { mailsTo } from '../../../testing/mails.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, outbox, ownershipOffer, person } from '../../db/schema/index.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let experimentId: string;
let code: string;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  ({ id: experimentId, code } = await w.make('A title of theirs'));
});

type Name = keyof ExperimentWorld['people'];
const put = (who: Name, role: 'viewer' | 'member' | 'manager') =>
  w.members.add(testContext(), { experimentId, email: w.email(who), role });
const setDisabled = (who: Name, isDisabled = true) =>
  w.db
    .update(person)
    .set({ disabledAt: isDisabled ? new Date() : null })
    .where(eq(person.id, w.people[who]));
const listed = (who: Name = 'admin') => w.members.withoutOwner(w.as(who), { facilityId: w.facility.id });
const give = (to: Name, by: Name = 'admin') =>
  w.members.giveOwnership(w.as(by), {
    ...{ facilityId: w.facility.id, experimentId, personId: w.people[to] },
  });
const rolesNow = async () =>
  Object.fromEntries(
    (await w.members.list(testContext(), { experimentId })).items.map(({ id, role }) => [id, role]),
  );

it('is listed for admins by its code, with who is next in rights and can sign in', async () => {
  await put('other', 'member');
  await put('outsider', 'viewer');
  expect(await listed()).toEqual([]);
  await setDisabled('pi');
  expect(await listed()).toMatchObject([
    { code, owner: { id: w.people.pi }, heirs: [{ id: w.people.other, role: 'member' }] },
  ]);
  expect(JSON.stringify(await listed())).not.toContain('A title of theirs');
  await setDisabled('other');
  expect((await listed())[0]!.heirs).toMatchObject([{ id: w.people.outsider, role: 'viewer' }]);
  await setDisabled('outsider');
  expect((await listed())[0]!.heirs).toEqual([]);
  await setDisabled('pi', false);
  expect(await listed()).toEqual([]);
});

it('goes to a Manager where there is one; the former Owner is a Manager, everybody hears of it, and the new one gets a mail', async () => {
  await put('other', 'manager');
  await put('outsider', 'member');
  await w.members.offerOwnership(w.as('pi'), { experimentId, personId: w.people.outsider });
  await setDisabled('pi');
  expect(await codeOf(give('outsider'))).toBe('CONFLICT');
  await give('other');
  expect(await rolesNow()).toEqual({
    [w.people.other]: 'owner',
    [w.people.pi]: 'manager',
    [w.people.outsider]: 'member',
  });
  expect((await w.db.select().from(ownershipOffer)).map(({ state }) => state)).toContain('revoked');
  expect((await mailsTo(w.db, w.people.other)).map(({ subject }) => subject)).toEqual([
    `You are the Owner of ${code} now`,
  ]);
  const trail = await w.db.select().from(audit).where(eq(audit.experimentId, experimentId));
  expect(trail.find(({ action }) => action === 'ownership.given')).toMatchObject({
    principalId: w.people.admin,
    detail: { from: w.people.pi, to: w.people.other },
  });
  const heard = await w.db
    .select()
    .from(outbox)
    .where(eq(outbox.topic, `person:${w.people.other}`));
  expect(heard.map(({ kind }) => kind)).toContain('member.changed');
  expect(await codeOf(give('other'))).toBe('CONFLICT');
  // Back again, the former Owner finds the place of a Manager.
  await setDisabled('pi', false);
  expect(
    await codeOf(w.members.offerOwnership(w.as('pi'), { experimentId, personId: w.people.outsider })),
  ).toBe('NOT_ALLOWED');
});

it('is given once, however many admins press', async () => {
  await put('other', 'manager');
  await put('outsider', 'manager');
  await setDisabled('pi');
  const both = await Promise.all([codeOf(give('other')), codeOf(give('outsider'))]);
  expect(both.sort()).toEqual(['CONFLICT', 'done']);
  expect(Object.values(await rolesNow()).filter((role) => role === 'owner')).toHaveLength(1);
});

it('is for admins of its facility, not while the Owner can sign in, and never for oneself', async () => {
  await put('other', 'manager');
  expect(await codeOf(give('other'))).toBe('CONFLICT');
  await setDisabled('pi');
  for (const who of ['staff', 'other', 'outsider'] as const) {
    expect(await codeOf(give('other', who))).toBe('NOT_FOUND');
    expect(await codeOf(listed(who))).toBe('NOT_FOUND');
  }
  const elsewhere = await experimentWorld(database);
  const foreign = { facilityId: elsewhere.facility.id, experimentId, personId: w.people.other };
  expect(await codeOf(elsewhere.members.giveOwnership(elsewhere.as('admin'), foreign))).toBe('CONFLICT');
  await put('admin', 'manager');
  expect(await codeOf(give('admin'))).toBe('CONFLICT');
});
