import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, authSession, oneTimeLink, person, signInAttempt } from '../../db/schema/index.ts';
import type { Principal } from '../context.ts';
import { createPeopleService, type PeopleService } from './people.service.ts';

const PASSWORD = 'a calm control room';
let database: TestDatabase;
let people: PeopleService;
const system = testContext();
let personId: string;

beforeAll(async () => {
  database = await testDatabase();
  people = createPeopleService({
    db: database.db,
    webUrl: 'https://b.example.org',
    demo: false,
    providers: [],
    signUp: false,
  });
  ({ personId } = await people.createPerson(system, { email: 'Grace.Hopper@example.org' }));
  await people.setInitialPassword(system, { personId, password: PASSWORD });
});
afterAll(() => database.drop());
beforeEach(() => database.db.delete(signInAttempt));

const anonymous = () => testContext({ kind: 'anonymous' });
const tryIn = (over: Partial<Parameters<PeopleService['signIn']>[1]> = {}, ctx = anonymous()) =>
  people.signIn(ctx, {
    email: 'grace.hopper@example.org',
    password: PASSWORD,
    ip: '10.0.0.1',
    userAgent: 'test',
    ...over,
  });
const as = (sessionId: string): Principal => ({ ...asPerson(personId), sessionId }) as Principal;
const wrong = (over = {}) => tryIn({ password: 'not the password', ...over });

describe('sign-in', () => {
  it('opens a session, whatever the case of the e-mail', async () => {
    const signedIn = await tryIn({ email: ' GRACE.hopper@Example.ORG ' });
    expect(signedIn).toMatchObject({ personId, name: 'Grace Hopper' });
    expect(await people.principalOfSession(signedIn.sessionId, new Date())).toMatchObject({
      kind: 'person',
      personId,
    });
  });

  it('stands in the audit under the name of who came in; who was refused is not taken for the person', async () => {
    const { sessionId } = await tryIn();
    await wrong().catch(() => undefined);
    const rows = await database.db.select().from(audit).orderBy(audit.id);
    const opened = rows.find(({ detail }) => detail.sessionId === sessionId);
    expect(opened).toMatchObject({ principalKind: 'person', principalId: personId, entityId: personId });
    expect(rows.at(-1)).toMatchObject({
      ...{ action: 'session.refused', principalKind: 'anonymous', principalId: null, entityId: personId },
    });
  });

  it('keeps argon2id with the stated parameters, and never the password', async () => {
    const [row] = await database.db.select().from(person).where(eq(person.id, personId));
    expect(row!.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const trail = await database.db.select().from(audit);
    expect(JSON.stringify(trail)).not.toContain(PASSWORD);
  });

  it('says the same for a wrong password, an unknown e-mail, no password yet, and a disabled person', async () => {
    const bare = await people.createPerson(system, { email: 'bare@example.org' });
    const gone = await people.createPerson(system, { email: 'gone@example.org' });
    await people.setInitialPassword(system, { personId: gone.personId, password: PASSWORD });
    await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, gone.personId));
    const said = await Promise.all(
      [
        wrong(),
        tryIn({ email: 'nobody@example.org' }),
        tryIn({ email: bare.email }),
        tryIn({ email: gone.email }),
      ].map((attempt) =>
        attempt.then(
          () => 'in',
          (error) => `${error.code} ${error.message}`,
        ),
      ),
    );
    expect(new Set(said)).toEqual(new Set(['WRONG_CREDENTIALS E-mail or password is wrong.']));
  });

  it('makes a person wait after five failures from one place, with the wait in words, and trying does not prolong it', async () => {
    for (let n = 0; n < 5; n++) await expect(wrong()).rejects.toMatchObject({ code: 'WRONG_CREDENTIALS' });
    const refused = await tryIn().catch((error) => error);
    expect(refused).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(refused.message).toMatch(/Try again in 1[45] min/);
    expect(refused.retryAfterS).toBeGreaterThan(800);
    // From elsewhere the right person still gets in: a stranger must not be able to lock somebody out.
    await expect(tryIn({ ip: '10.0.0.2' })).resolves.toMatchObject({ personId });
    const later = anonymous();
    later.at(new Date(Date.now() + 15 * 60_000 + 1000).toISOString());
    await expect(tryIn({}, later)).resolves.toMatchObject({ personId });
  });

  it('counts attempts made at the same moment', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () => wrong().catch((error) => error.code)),
    );
    expect(outcomes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(5);
    expect(outcomes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(7);
  });

  it('limits one machine that tries many names', async () => {
    const at = new Date();
    await database.db.insert(signInAttempt).values(
      Array.from({ length: 50 }, (_, n) => ({
        email: `n${n}@example.org`,
        ip: '10.6.6.6',
        at,
        succeeded: false,
      })),
    );
    await expect(tryIn({ ip: '10.6.6.6' })).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  it('counts all of an IPv6 network together, and keeps the very address with the session', async () => {
    for (let n = 1; n <= 5; n++) await wrong({ ip: `2001:db8:0:7::${n}` }).catch(() => undefined);
    await expect(tryIn({ ip: '2001:db8:0:7:ffff::9' })).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    const { sessionId } = await tryIn({ ip: '2001:db8:0:8::9' });
    const [session] = await database.db.select().from(authSession).where(eq(authSession.id, sessionId));
    expect(session!.ip).toBe('2001:db8:0:8::9');
  });

  it('forgets failures after a success', async () => {
    for (let n = 0; n < 4; n++) await wrong().catch(() => undefined);
    await tryIn();
    for (let n = 0; n < 4; n++) await wrong().catch(() => undefined);
    await expect(tryIn()).resolves.toMatchObject({ personId });
  });
});

describe('sessions', () => {
  it('end by time, one by one, and all at once', async () => {
    const [first, second, third] = [await tryIn(), await tryIn(), await tryIn()];
    const me = testContext(as(first.sessionId));
    const listed = await people.listSessions(me);
    expect(listed.filter((session) => session.current).map((session) => session.sessionId)).toEqual([
      first.sessionId,
    ]);

    await people.revokeSession(me, { sessionId: second.sessionId });
    expect(await people.principalOfSession(second.sessionId, new Date())).toBeNull();
    await expect(people.revokeSession(me, { sessionId: second.sessionId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });

    expect(
      await people.principalOfSession(third.sessionId, new Date(third.expiresAt.getTime() + 1)),
    ).toBeNull();

    await people.revokeAllSessions(me, { keepThis: true });
    expect(await people.principalOfSession(first.sessionId, new Date())).not.toBeNull();
    await people.revokeAllSessions(me, { keepThis: false });
    expect(await people.isSessionLive(me)).toBe(false);
  });

  it('of somebody else cannot be ended: it is not there', async () => {
    const mine = await tryIn();
    const other = await people.createPerson(system, { email: 'other@example.org' });
    const stranger = testContext(asPerson(other.personId));
    await expect(people.revokeSession(stranger, { sessionId: mine.sessionId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await people.principalOfSession(mine.sessionId, new Date())).not.toBeNull();
  });

  it('end when the person is disabled', async () => {
    const { personId: id } = await people.createPerson(system, { email: 'leaving@example.org' });
    await people.setInitialPassword(system, { personId: id, password: PASSWORD });
    const { sessionId } = await tryIn({ email: 'leaving@example.org' });
    await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, id));
    expect(await people.principalOfSession(sessionId, new Date())).toBeNull();
  });

  it('note when they were last seen, once a minute', async () => {
    const { sessionId } = await tryIn();
    const seen = async () =>
      (
        await database.db.select().from(authSession).where(eq(authSession.id, sessionId))
      )[0]!.lastSeenAt.getTime();
    const before = await seen();
    await people.principalOfSession(sessionId, new Date(before + 30_000));
    expect(await seen()).toBe(before);
    await people.principalOfSession(sessionId, new Date(before + 61_000));
    expect(await seen()).toBe(before + 61_000);
  });
});

describe('one-time links', () => {
  const tokenOf = (url: string) => new URL(url).searchParams.get('token')!;

  it('make the first admin, set a password once, and end open sessions', async () => {
    expect(await people.hasAdmin()).toBe(false);
    const link = await people.createAdminLink(system, { email: 'ada@example.org' });
    expect(link.url).toMatch(/^https:\/\/b\.example\.org\/set-password\?token=[\w-]{43}$/);
    const token = tokenOf(link.url);
    const kept = await database.db.select().from(oneTimeLink);
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(await people.linkTarget(anonymous(), { token })).toMatchObject({ email: 'ada@example.org' });

    await expect(people.setPassword(anonymous(), { token, password: 'short' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    const both = await Promise.allSettled(
      [1, 2].map(() => people.setPassword(anonymous(), { token, password: 'the first night shift' })),
    );
    expect(both.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await people.linkTarget(anonymous(), { token })).toBeNull();
    expect(await people.hasAdmin()).toBe(true);

    const signedIn = await tryIn({ email: 'ada@example.org', password: 'the first night shift' });
    const again = await people.createAdminLink(system, { email: 'ADA@example.org' });
    await people.setPassword(anonymous(), { token: tokenOf(again.url), password: 'the second night shift' });
    expect(await people.principalOfSession(signedIn.sessionId, new Date())).toBeNull();
  });

  it('expire, and an older one dies when a newer is made', async () => {
    const older = await people.createOneTimeLink(system, { email: 'ada@example.org' });
    const newer = await people.createOneTimeLink(system, { email: 'ada@example.org' });
    expect(await people.linkTarget(anonymous(), { token: older.token })).toBeNull();
    const late = anonymous();
    late.at(new Date(newer.expiresAt.getTime() + 1).toISOString());
    await expect(
      people.setPassword(late, { token: newer.token, password: 'a long enough password' }),
    ).rejects.toMatchObject({ code: 'LINK_EXPIRED' });
  });

  it('are made by the operator alone', async () => {
    const me = testContext(asPerson(personId));
    await expect(people.createAdminLink(me, { email: 'x@example.org' })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
    await expect(people.createPerson(anonymous(), { email: 'x@example.org' })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
    await expect(people.createPerson(system, { email: 'not an address' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });
});

it('refuses passwords that are tried first', async () => {
  for (const password of ['password1234', 'aaaaaaaaaaaaaa', 'grace.hopper123', 'x'.repeat(201)]) {
    await expect(people.setInitialPassword(system, { personId, password })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  }
});
