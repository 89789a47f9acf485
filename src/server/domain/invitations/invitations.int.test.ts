import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, authSession, invitation, mail, outbox, person } from '../../db/schema/index.ts';

let database: TestDatabase;
let w: ExperimentWorld;
let experimentId: string;
let code: string;
const system = testContext();
const anonymous = () => testContext({ kind: 'anonymous' });
const PASSWORD = 'a calm control room';
const DAY_MS = 24 * 3600 * 1000;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
  await w.db.update(person).set({ emailVerifiedAt: new Date() });
  ({ id: experimentId, code } = await w.make('A title of theirs'));
});

type Role = 'viewer' | 'member' | 'manager';
const invite = (to: string, role: Role = 'member', ctx = w.as('pi')) =>
  w.invitations.invite(ctx, { experimentId, to, role });
/** The token of the newest link that went to an address. */
async function tokenOf(address: string): Promise<string> {
  const rows = await w.db.select().from(mail).where(eq(mail.toAddress, address)).orderBy(mail.id);
  return new URL(rows.at(-1)!.link!).searchParams.get('token')!;
}
const address = () => `new.${system.newId()}@example.org`;
const roleOf = async (personId: string) =>
  (await w.members.list(w.as('pi'), { experimentId })).items.find(({ id }) => id === personId)?.role ?? null;
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => `${error.code}: ${error.message}`,
  );

describe('who may invite', () => {
  it('viewers by members, members by managers, managers by the owner alone', async () => {
    const put = (who: 'other' | 'outsider', role: Role) =>
      w.members.add(system, { experimentId, email: w.email(who), role });
    const may = async (ctx: ReturnType<typeof testContext>) =>
      Promise.all(
        (['viewer', 'member', 'manager'] as const).map((role) => codeOf(invite(address(), role, ctx))),
      );
    expect(await may(w.as('outsider'))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    expect(await may(w.as('admin'))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    await put('outsider', 'viewer');
    expect(await may(w.as('outsider'))).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED']);
    await put('other', 'member');
    expect(await may(w.as('other'))).toEqual(['done', 'NOT_ALLOWED', 'NOT_ALLOWED']);
    const setRole = { experimentId, personId: w.people.other, role: 'manager' as const };
    await w.members.setRole(w.as('pi'), setRole);
    expect(await may(w.as('other'))).toEqual(['done', 'done', 'NOT_ALLOWED']);
    expect(await may(w.as('staff'))).toEqual(['done', 'done', 'NOT_ALLOWED']);
    expect(await may(w.as('pi'))).toEqual(['done', 'done', 'done']);
  });

  it('is told the same whether there is such an account or not', async () => {
    await w.db.update(person).set({ userName: 'grace.h' }).where(eq(person.id, w.people.other));
    const gone = await refusal(invite(w.email('pi'), 'viewer'));
    expect(gone).toContain('is in it already');
    const said = async (to: string) => {
      const { invitationId, expiresAt: _, ...answer } = await invite(to);
      const [row] = (await w.invitations.list(w.as('pi'), { experimentId })).filter(
        (each) => each.invitationId === invitationId,
      );
      const { invitationId: __, to: ___, sentAt: ____, expiresAt: _____, ...view } = row!;
      return { ...answer, to: null, view };
    };
    expect(await said(w.email('outsider'))).toEqual(await said(address()));
    expect(await said('grace.h')).toEqual(await said('nobody.has.this'));
    expect(await codeOf(invite(w.email('outsider')))).toBe('ALREADY_DONE');
    expect(await codeOf(invite('nobody.has.this'))).toBe('ALREADY_DONE');
    expect(await codeOf(invite('no@address@at all'))).toBe('BAD_INPUT');
    expect(await codeOf(invite('x'))).toBe('BAD_INPUT');
  });

  it('does not say in mails what only people in the experiment may know, and keeps no secret beside the link', async () => {
    const to = address();
    await invite(to);
    const token = await tokenOf(to);
    const [row] = await w.db.select().from(mail).where(eq(mail.toAddress, to));
    expect(row!.text).toContain(code);
    expect(row!.text).toContain('Europe/Berlin');
    expect(JSON.stringify(row)).not.toContain('A title of theirs');
    const elsewhere = JSON.stringify([
      await w.db.select().from(invitation),
      await w.db.select().from(audit),
      await w.db.select().from(outbox),
    ]);
    expect(elsewhere).not.toContain(token);
  });
});

describe('an invitation', () => {
  it('waits for somebody without an account, who makes one by the link and is in', async () => {
    const to = address();
    await invite(to, 'member');
    const token = await tokenOf(to);
    expect(await w.invitations.atDoor(anonymous(), { token })).toMatchObject({
      ...{ state: 'open', code, address: to, hasAccount: false, you: null, role: 'member' },
    });
    expect(
      await refusal(w.invitations.join(anonymous(), { token, name: 'New', password: 'short' })),
    ).toContain('BAD_INPUT');
    const joined = await w.invitations.join(anonymous(), { token, name: 'New Person', password: PASSWORD });
    expect(joined).toEqual({ code, kind: 'experiment', email: to });
    const [made] = await w.db.select().from(person).where(eq(person.email, to));
    expect(made).toMatchObject({ name: 'New Person', emailVerifiedAt: expect.any(Date) });
    expect(await roleOf(made!.id)).toBe('member');
    const [member] = (await w.members.list(w.as('pi'), { experimentId })).items.filter(
      ({ id }) => id === made!.id,
    );
    expect(member!.addedBy).toMatch(/^pi /);
    expect(await refusal(w.invitations.join(anonymous(), { token, name: 'Again', password: PASSWORD }))).toBe(
      'LINK_EXPIRED: This invitation was accepted already.',
    );
    const kept = await w.db.select().from(mail).where(eq(mail.toAddress, to));
    expect(kept.map(({ link }) => link)).toEqual([null]);
  });

  it('is accepted by itself at the first sign-in with that address, and asked about at later ones', async () => {
    const openSession = (personId: string) =>
      w.db.insert(authSession).values({
        ...{ id: system.newId(), personId, createdAt: new Date(), lastSeenAt: new Date() },
        expiresAt: new Date(Date.now() + DAY_MS),
      });
    await invite(w.email('other'));
    await openSession(w.people.other);
    expect(await w.invitations.acceptAtFirstSignIn(w.as('other'))).toBe(1);
    expect(await roleOf(w.people.other)).toBe('member');

    await openSession(w.people.outsider);
    await openSession(w.people.outsider);
    const { invitationId } = await invite(w.email('outsider').toUpperCase());
    expect(await w.invitations.acceptAtFirstSignIn(w.as('outsider'))).toBe(0);
    expect(await w.invitations.mine(w.as('outsider'))).toMatchObject([
      { invitationId, code, role: 'member' },
    ]);
    expect(await codeOf(w.invitations.acceptMine(w.as('other'), { invitationId }))).toBe('NOT_FOUND');
    await w.invitations.acceptMine(w.as('outsider'), { invitationId });
    expect(await roleOf(w.people.outsider)).toBe('member');
  });

  it('is not for an address that nobody has proved', async () => {
    await w.db.update(person).set({ emailVerifiedAt: null }).where(eq(person.id, w.people.outsider));
    const { invitationId } = await invite(w.email('outsider'));
    expect(await w.invitations.mine(w.as('outsider'))).toEqual([]);
    expect(await codeOf(w.invitations.acceptMine(w.as('outsider'), { invitationId }))).toBe('NOT_FOUND');
    expect(await w.invitations.acceptAtFirstSignIn(w.as('outsider'))).toBe(0);
  });

  it('is effective at once: everybody in it and the person themselves hear of it', async () => {
    const { invitationId } = await invite(w.email('outsider'));
    await w.invitations.acceptMine(w.as('outsider'), { invitationId });
    const heard = await w.db.select().from(outbox).where(eq(outbox.kind, 'member.changed'));
    const topics = heard.filter(({ data }) => data.experimentId === experimentId).map(({ topic }) => topic);
    expect(topics).toContain(`person:${w.people.outsider}`);
    expect((await w.experiments.get(w.as('outsider'), { experimentId })).roles).toEqual(['member']);
  });

  it('by user name is for who had that name then', async () => {
    await w.db.update(person).set({ userName: 'ada' }).where(eq(person.id, w.people.outsider));
    const { invitationId } = await invite('Ada', 'viewer');
    expect(await w.invitations.mine(w.as('outsider'))).toMatchObject([{ invitationId }]);
    await invite('free.name');
    await w.db.update(person).set({ userName: 'free.name' }).where(eq(person.id, w.people.other));
    expect(await w.invitations.mine(w.as('other'))).toEqual([]);
  });

  it('passed on needs the word of whoever takes it, signed in, and stays recorded', async () => {
    const to = address();
    await invite(to);
    const token = await tokenOf(to);
    expect(await w.invitations.atDoor(w.as('outsider'), { token })).toMatchObject({
      you: { isInvited: false },
    });
    const accept = (asMyself: boolean, ctx = w.as('outsider')) =>
      codeOf(w.invitations.accept(ctx, { token, asMyself }));
    expect(await accept(true, anonymous())).toBe('NOT_SIGNED_IN');
    expect(await accept(false)).toBe('CONFLICT');
    expect(await accept(true)).toBe('done');
    expect(await roleOf(w.people.outsider)).toBe('member');
    expect(await w.invitations.atDoor(w.as('outsider'), { token })).toMatchObject({ state: 'joined' });
    expect(await w.invitations.atDoor(w.as('other'), { token })).toMatchObject({ state: 'used' });
    const [trace] = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.action, 'invitation.accepted'), eq(audit.experimentId, experimentId)));
    expect(trace!.detail).toMatchObject({ personId: w.people.outsider });
  });

  it('expires after fourteen days, and can then be sent again with another link', async () => {
    const to = address();
    const { invitationId } = await invite(to);
    const [old, late] = [await tokenOf(to), w.as('pi')];
    late.at(new Date(Date.now() + 14 * DAY_MS + 1000).toISOString());
    const door = anonymous();
    door.at(late.now().toISOString());
    expect(await w.invitations.atDoor(door, { token: old })).toMatchObject({ state: 'expired' });
    expect(await refusal(w.invitations.join(door, { token: old, name: 'N', password: PASSWORD }))).toMatch(
      /^LINK_EXPIRED: This invitation has expired\. Ask pi .* to send it again\.$/,
    );
    expect(await w.invitations.list(late, { experimentId })).toMatchObject([{ isExpired: true }]);
    await w.invitations.resend(late, { invitationId });
    const token = await tokenOf(to);
    expect(token).not.toBe(old);
    expect(await w.invitations.atDoor(door, { token: old })).toEqual({ state: 'unknown' });
    expect(await w.invitations.atDoor(door, { token })).toMatchObject({ state: 'open' });
    expect(await codeOf(w.invitations.resend(late, { invitationId }))).toBe('TOO_MANY_REQUESTS');
    // One that ran out does not stand in the way of a new one.
    late.at(new Date(late.now().getTime() + 15 * DAY_MS).toISOString());
    expect(await codeOf(invite(to, 'viewer', late))).toBe('done');
  });

  it('can be taken back, by who made it or who might have', async () => {
    const to = address();
    const { invitationId } = await invite(to, 'manager');
    const token = await tokenOf(to);
    await w.members.add(system, { experimentId, email: w.email('other'), role: 'manager' });
    expect(await codeOf(w.invitations.revoke(w.as('outsider'), { invitationId }))).toBe('NOT_FOUND');
    expect(await codeOf(w.invitations.revoke(w.as('other'), { invitationId }))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.invitations.revoke(w.as('pi'), { invitationId }))).toBe('done');
    expect(await codeOf(w.invitations.revoke(w.as('pi'), { invitationId }))).toBe('CONFLICT');
    expect(await w.invitations.atDoor(anonymous(), { token })).toMatchObject({ state: 'revoked' });
    expect(await refusal(w.invitations.accept(w.as('outsider'), { token, asMyself: true }))).toMatch(
      /^LINK_EXPIRED: pi .* has taken this invitation back\.$/,
    );
    expect(await w.invitations.list(w.as('pi'), { experimentId })).toEqual([]);
    expect(
      await refusal(w.invitations.accept(w.as('other'), { token: 'x'.repeat(43), asMyself: true })),
    ).toContain('This link does not work');
  });

  it('gives no more than its maker may give when it is accepted', async () => {
    await w.members.add(system, { experimentId, email: w.email('other'), role: 'manager' });
    const [first, second, third] = [address(), address(), address()];
    await invite(first, 'member', w.as('other'));
    await invite(second, 'viewer', w.as('other'));
    await w.members.setRole(w.as('pi'), { experimentId, personId: w.people.other, role: 'member' });
    const door = async (to: string) => {
      const [row] = await w.db.select().from(invitation).where(eq(invitation.email, to));
      return row!.state;
    };
    expect([await door(first), await door(second)]).toEqual(['revoked', 'pending']);
    await w.members.remove(w.as('pi'), { experimentId, personId: w.people.other });
    expect(await door(second)).toBe('revoked');
    await invite(third, 'member', w.as('staff'));
    const token = await tokenOf(third);
    await w.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, w.people.staff));
    expect(await w.invitations.atDoor(anonymous(), { token })).toMatchObject({ state: 'void' });
    expect(await codeOf(w.invitations.join(anonymous(), { token, name: 'N', password: PASSWORD }))).toBe(
      'LINK_EXPIRED',
    );
  });

  it('answered by two at once lets one in', async () => {
    const to = address();
    await invite(to);
    const token = await tokenOf(to);
    const both = await Promise.all(
      [w.as('other'), w.as('outsider')].map((ctx) =>
        codeOf(w.invitations.accept(ctx, { token, asMyself: true })),
      ),
    );
    expect(both.sort()).toEqual(['LINK_EXPIRED', 'done']);
  });
});
