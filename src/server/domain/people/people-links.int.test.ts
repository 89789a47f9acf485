import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../testing/experiment-world.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, mail, oneTimeLink, person } from '../../db/schema/index.ts';
import { createPeopleService, type PeopleService } from './people.service.ts';

const PASSWORD = 'a calm control room';
const HOUR_MS = 3600 * 1000;
let database: TestDatabase;
let people: PeopleService;
const system = testContext();
let personId: string;
let email: string;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  people = createPeopleService({
    db: database.db,
    webUrl: 'https://b.example.org',
    demo: false,
    providers: [],
    signUp: false,
  });
});
afterAll(() => database?.drop());
beforeEach(async () => {
  count += 1;
  email = `Ada${count}@example.org`;
  ({ personId } = await people.createPerson(system, { email }));
  await people.setInitialPassword(system, { personId, password: PASSWORD });
});

const anonymous = () => testContext({ kind: 'anonymous' });
const me = () => testContext({ ...asPerson(personId), email } as ReturnType<typeof asPerson>);
const signIn = (password: string, who = email) =>
  people.signIn(anonymous(), { email: who, password, ip: '10.0.0.1', userAgent: null });
const mailsTo = (address: string) =>
  database.db.select().from(mail).where(eq(mail.toAddress, address)).orderBy(mail.id);
const tokenIn = (row: { link: string | null } | undefined) => new URL(row!.link!).searchParams.get('token')!;
const waiting = async () => {
  const { rows } = await database.db.execute<{ key: string }>(
    sql`select key from graphile_worker.jobs where task_identifier = 'send-password-link'`,
  );
  return rows.map(({ key }) => key);
};

describe('a new password by mail', () => {
  it('is asked for in the same way whether there is such an account or not', async () => {
    const ask = (address: string) => people.askPasswordLink(anonymous(), { email: address });
    expect([
      await ask(email),
      await ask(` ${email.toUpperCase()} `),
      await ask('nobody@example.org'),
    ]).toEqual([undefined, undefined, undefined]);
    expect((await waiting()).filter((key) => key.includes(`:${email.toLowerCase()}`))).toHaveLength(1);
    expect(await waiting()).toContain('send-password-link:nobody@example.org');
    expect(await codeOf(ask('not an address'))).toBe('BAD_INPUT');
    await people.sendPasswordLink(system, { email: 'nobody@example.org' });
    expect(await mailsTo('nobody@example.org')).toEqual([]);
    expect(await codeOf(people.sendPasswordLink(anonymous(), { email }))).toBe('NOT_ALLOWED');
  });

  it('comes by a link that works once and for an hour, ends every session, and is told', async () => {
    const session = await signIn(PASSWORD);
    await people.sendPasswordLink(system, { email: email.toLowerCase() });
    const [sent] = await mailsTo(email);
    const token = tokenIn(sent);
    const kept = JSON.stringify([
      await database.db.select().from(oneTimeLink),
      await database.db.select().from(audit),
    ]);
    expect(kept).not.toContain(token);
    const late = anonymous();
    late.at(new Date(Date.now() + HOUR_MS + 1000).toISOString());
    const next = 'the second night shift';
    expect(await codeOf(people.setPassword(late, { token, password: next }))).toBe('LINK_EXPIRED');
    await people.setPassword(anonymous(), { token, password: next });
    expect(await codeOf(people.setPassword(anonymous(), { token, password: next }))).toBe('LINK_EXPIRED');
    expect(await people.principalOfSession(session.sessionId, new Date())).toBeNull();
    expect(await codeOf(signIn(PASSWORD))).toBe('WRONG_CREDENTIALS');
    await signIn(next);
    expect((await mailsTo(email)).map(({ kind }) => kind)).toEqual(['password-link', 'password-changed']);
  });

  it('is mailed three times an hour at most, and only the newest link works', async () => {
    for (let n = 0; n < 5; n++) await people.sendPasswordLink(system, { email });
    const sent = await mailsTo(email);
    expect(sent).toHaveLength(3);
    const targets = await Promise.all(
      sent.map((row) => people.linkTarget(anonymous(), { token: tokenIn(row) })),
    );
    expect(targets.map((target) => target !== null)).toEqual([false, false, true]);
  });

  it('is not for people who are disabled', async () => {
    await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, personId));
    await people.sendPasswordLink(system, { email });
    expect(await mailsTo(email)).toEqual([]);
  });
});

describe('an address', () => {
  const ask = (address: string, password = PASSWORD) =>
    people.askForAddress(me(), { email: address, password, ip: '10.0.0.1' });

  it('counts when its owner has opened the link, signed in as the one who asked', async () => {
    const wanted = `new.${count}@example.org`;
    expect(await codeOf(ask(wanted, 'not the password'))).toBe('BAD_INPUT');
    await ask(wanted);
    const token = tokenIn((await mailsTo(wanted))[0]);
    const other = await people.createPerson(system, { email: `other.${count}@example.org` });
    const stranger = testContext(asPerson(other.personId));
    expect(await people.addressOfLink(stranger, { token })).toBeNull();
    expect(await codeOf(people.proveAddress(stranger, { token }))).toBe('LINK_EXPIRED');
    expect(await codeOf(people.setPassword(anonymous(), { token, password: PASSWORD }))).toBe('LINK_EXPIRED');
    expect((await people.ownAddress(me())).email).toBe(email);
    expect(await people.addressOfLink(me(), { token })).toBe(wanted);
    await people.proveAddress(me(), { token });
    expect(await people.ownAddress(me())).toMatchObject({ email: wanted, isProved: true });
    expect(await codeOf(people.proveAddress(me(), { token }))).toBe('LINK_EXPIRED');
    expect((await mailsTo(email)).map(({ kind }) => kind)).toEqual(['address-changed']);
    await signIn(PASSWORD, wanted);
  });

  it('of another account is not given away, and nobody who asks learns of it', async () => {
    const { email: taken } = await people.createPerson(system, { email: `taken.${count}@example.org` });
    const free = await ask(`free.${count}@example.org`);
    const answer = await ask(taken.toUpperCase());
    expect(Object.keys(answer)).toEqual(Object.keys(free));
    const token = tokenIn((await mailsTo(taken.toUpperCase()))[0]);
    expect(await codeOf(people.proveAddress(me(), { token }))).toBe('CONFLICT');
    expect((await people.ownAddress(me())).email).toBe(email);
  });

  it('is asked for five times an hour at most', async () => {
    const codes: string[] = [];
    for (let n = 0; n < 6; n++) codes.push(await codeOf(ask(`many.${count}.${n}@example.org`)));
    expect(codes).toEqual([...Array(5).fill('done'), 'TOO_MANY_REQUESTS']);
  });
});

it('a user name is one person’s, whatever the case, and may be given up', async () => {
  const other = await people.createPerson(system, { email: `second.${count}@example.org` });
  const second = testContext(asPerson(other.personId));
  expect(await people.setUserName(me(), { userName: ' Ada.L ' })).toEqual({ userName: 'ada.l' });
  expect(await codeOf(people.setUserName(second, { userName: 'ADA.L' }))).toBe('CONFLICT');
  expect(await codeOf(people.setUserName(second, { userName: 'ada@l' }))).toBe('BAD_INPUT');
  await people.setUserName(me(), { userName: null });
  expect(await codeOf(people.setUserName(second, { userName: 'ada.l' }))).toBe('done');
});
