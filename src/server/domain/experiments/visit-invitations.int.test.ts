import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, invitation, mail, person } from '../../db/schema/index.ts';
import { upsertVisitSchema } from './visit.types.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let guest: string;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  count += 1;
  guest = `Guest${count}@institute.example`;
});

type Person = { id?: string; email: string; role?: 'viewer' | 'member' | 'manager' };
const tell = (people: Person[]) =>
  w.experiments.upsertVisit(
    w.as('staff'),
    upsertVisitSchema.parse({
      ...{ instrumentId: w.instrument.id, visit: 'mx-2026-2-v1', title: 'Lysozyme' },
      ...{ pi: { email: w.email('pi') }, people },
    }),
  );
const outcomes = async (people: Person[]) => (await tell(people)).people.map(({ outcome }) => outcome);
const mailsToGuest = () => database.db.select().from(mail).where(eq(mail.toAddress, guest)).orderBy(mail.id);
const tokenIn = (link: string) => new URL(link, 'https://b.example.org').searchParams.get('token')!;
const invitationsOf = (experimentId: string) => w.invitations.list(w.as('pi'), { experimentId });
const join = (token: string) =>
  w.invitations.join(testContext({ kind: 'anonymous' }), {
    ...{ token, name: 'Gita Guest', password: 'a calm control room' },
  });

it('invites who has no account once, by one mail in the name of the facility, however often the visit is told', async () => {
  const { experimentId, people } = await tell([{ email: guest }]);
  expect(people).toEqual([{ email: guest, outcome: 'invited' }]);
  expect(await outcomes([{ email: guest.toUpperCase() }])).toEqual(['unchanged']);
  const both = await Promise.all([tell([{ email: guest }]), tell([{ email: guest }])]);
  expect(both.flatMap((told) => told.people.map(({ outcome }) => outcome))).toEqual([
    'unchanged',
    'unchanged',
  ]);
  const mails = await mailsToGuest();
  expect(mails.map(({ subject }) => subject)).toEqual([expect.stringContaining('Test Facility invites you')]);
  expect(await invitationsOf(experimentId)).toMatchObject([{ to: guest, role: 'member', invitedBy: null }]);
});

it('counts who joins by it as of the visit: withdrawn there, they are out', async () => {
  const { experimentId } = await tell([{ email: guest, role: 'viewer' }]);
  expect(await outcomes([{ email: guest, role: 'manager' }])).toEqual(['updated']);
  await join(tokenIn((await mailsToGuest())[0]!.link!));
  const member = async () =>
    (await w.members.list(w.as('pi'), { experimentId })).items.find(({ email }) => email === guest);
  expect(await member()).toMatchObject({ role: 'manager' });
  expect(await outcomes([{ email: guest, role: 'manager' }])).toEqual(['unchanged']);
  expect(await outcomes([])).toEqual(['withdrawn']);
  expect(await member()).toBeUndefined();
});

it('knows who accepted with an account of another address, by their id there and without', async () => {
  const { experimentId } = await tell([{ id: 'p7', email: guest }]);
  const token = tokenIn((await mailsToGuest())[0]!.link!);
  await w.invitations.accept(w.as('other'), { token, asMyself: true });
  expect(await outcomes([{ email: guest }])).toEqual(['unchanged']);
  expect(await outcomes([{ id: 'p7', email: guest }])).toEqual(['unchanged']);
  expect(await outcomes([{ id: 'p7', email: 'moved.again@institute.example' }])).toEqual(['unchanged']);
  expect(await outcomes([])).toEqual(['withdrawn']);
  expect(await codeOf(w.experiments.get(w.as('other'), { experimentId }))).toBe('NOT_FOUND');
});

it('takes back what the visit does not name any more, and invites anew who is named again', async () => {
  const { experimentId } = await tell([{ email: guest }]);
  const token = tokenIn((await mailsToGuest())[0]!.link!);
  expect(await outcomes([])).toEqual(['withdrawn']);
  expect(await codeOf(join(token))).toBe('LINK_EXPIRED');
  expect(await outcomes([])).toEqual([]);
  expect(await outcomes([{ email: guest }])).toEqual(['invited']);
  expect(await mailsToGuest()).toHaveLength(2);
  const trail = await database.db.select().from(audit).where(eq(audit.experimentId, experimentId));
  const ofInvitations = trail.filter(({ action }) => action.startsWith('invitation.'));
  expect(ofInvitations.map(({ action, principalId }) => [action, principalId])).toEqual(
    ['invitation.made', 'invitation.revoked', 'invitation.made'].map((action) => [action, w.people.staff]),
  );
});

it('leaves alone who was invited by hand, who declined, and who is shut out', async () => {
  const { experimentId } = await tell([]);
  await w.invitations.invite(w.as('pi'), { experimentId, to: guest, role: 'viewer' });
  expect(await outcomes([{ email: guest, role: 'manager' }])).toEqual(['unchanged']);
  expect(await outcomes([])).toEqual([]);
  expect(await invitationsOf(experimentId)).toMatchObject([{ role: 'viewer' }]);

  const refuser = `refuser${count}@institute.example`;
  await tell([{ email: refuser }]);
  const id = testContext().newId();
  const account = { id, email: refuser, name: 'R', createdAt: new Date(), emailVerifiedAt: new Date() };
  const [row] = await database.db.select().from(invitation).where(eq(invitation.email, refuser));
  await database.db.insert(person).values(account);
  await w.invitations.decline(testContext(asPerson(id)), { invitationId: row!.id });
  // An account by now, which the visit names: in, as anybody with an account is.
  expect(await outcomes([{ email: refuser }])).toEqual(['created']);
  await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, w.people.other));
  expect(await outcomes([{ email: refuser }, { email: w.email('other') }])).toEqual([
    'unchanged',
    'disabled',
  ]);
});
