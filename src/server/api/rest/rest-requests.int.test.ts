import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experiment, keptAnswer, membership } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import { giveToken } from '#src/testing/give-token.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { leaveWebEnvironment, useWebEnvironment } from '#src/testing/web-environment.ts';
import { type AccessWorld, accessWorld } from '../testing/access-world.ts';
import { answerRequest } from './answer-request.ts';

let database: TestDatabase;
let storage: TestStore;
let w: AccessWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  useWebEnvironment(database, storage);
  w = await accessWorld(webContainer());
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

interface Sent {
  method?: string;
  body?: unknown;
  key?: string;
  headers?: Headers;
}

async function send(
  path: string,
  { method = 'GET', body, key, headers = w.personas.staff.token.headers }: Sent,
) {
  const own = new Headers(headers);
  if (key !== undefined) own.set('idempotency-key', key);
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const request = new Request(`http://web/api/v1${path}`, { method, headers: own, body: text });
  const answer = await answerRequest(webContainer(), request);
  const said = await answer.text();
  return { status: answer.status, headers: answer.headers, body: said === '' ? null : JSON.parse(said) };
}

const creation = (title: string, key?: string) => ({
  ...{ method: 'POST', key },
  body: { title, piEmail: w.others.newcomer.email },
});
const create = (title: string, key?: string) =>
  send(`/instruments/${w.instrument.slug}/experiments`, creation(title, key));
const titled = (title: string) => database.db.select().from(experiment).where(eq(experiment.title, title));

it('makes a thing once for a key, however often and at once it is asked', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => create('Once', 'visit-4711')));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
  expect(new Set(answers.map(({ body }) => body.code)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(5);
  expect(await titled('Once')).toHaveLength(1);
  const [made] = await titled('Once');
  expect(
    await database.db.select().from(membership).where(eq(membership.experimentId, made!.id)),
  ).toHaveLength(1);
  // Without a key each is one of its own.
  await Promise.all([create('Twice'), create('Twice')]);
  expect(await titled('Twice')).toHaveLength(2);
});

it('refuses a key for another request, keeps none of what failed, and none of another token', async () => {
  expect((await create('Another', 'visit-4711')).body).toMatchObject({ code: 'CONFLICT' });
  const wrong = {
    ...creation('Failed', 'visit-4712'),
    body: { title: 'Failed', piEmail: 'never.seen@access.example.org' },
  };
  const path = `/instruments/${w.instrument.slug}/experiments`;
  expect((await send(path, wrong)).body).toMatchObject({ code: 'BAD_INPUT' });
  expect((await create('Failed', 'visit-4712')).status).toBe(201);
  const { headers } = await giveToken(database.db, w.personas.staff.personId);
  expect((await send(path, { ...creation('Of another', 'visit-4711'), headers })).status).toBe(201);
  for (const key of ['a key', 'k'.repeat(201), '']) {
    expect((await create('Bad key', key)).body).toMatchObject({ code: 'BAD_INPUT' });
  }
  expect(await titled('Bad key')).toEqual([]);
});

it('forgets a key after a day', async () => {
  const old = new Date(Date.now() - 25 * 3600 * 1000);
  await database.db.update(keptAnswer).set({ createdAt: old });
  const again = await create('Once', 'visit-4711');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
  expect(await titled('Once')).toHaveLength(2);
});

it('refuses what no operation has, in the shape of every error', async () => {
  const experimentPath = `/experiments/${w.running.code}`;
  const cases: [string, string, Sent][] = [
    ['NOT_FOUND', '', {}],
    ['NOT_FOUND', '/', {}],
    ['NOT_FOUND', '/nothing', {}],
    ['NOT_FOUND', `${experimentPath}/`, {}],
    ['NOT_FOUND', '/jobs/not-an-id', {}],
    ['METHOD_NOT_ALLOWED', experimentPath, { method: 'DELETE' }],
    ['METHOD_NOT_ALLOWED', `${experimentPath}/members`, { method: 'PUT', body: {} }],
    ['BAD_INPUT', `${experimentPath}?a=1`, {}],
    ['BAD_INPUT', `${experimentPath}/activate`, { method: 'POST', body: { force: true } }],
    ['BAD_INPUT', `${experimentPath}/activate`, { method: 'POST', body: [1] }],
    ['BAD_INPUT', `${experimentPath}/activate`, { method: 'POST', body: '"x"' }],
    ['BAD_INPUT', `${experimentPath}/upload`, { method: 'PUT', body: { enabled: 'yes' } }],
    ['BAD_INPUT', `${experimentPath}/upload`, { method: 'PUT', body: { enabled: true, more: 1 } }],
    ['TOO_LARGE', `${experimentPath}/upload`, { method: 'PUT', body: 'x'.repeat(1_000_001) }],
  ];
  for (const [code, path, sent] of cases) {
    const { body, headers } = await send(path, sent);
    const what = `${sent.method ?? 'GET'} ${path}`;
    expect(body, what).toMatchObject({
      code,
      message: expect.any(String),
      requestId: headers.get('x-request-id'),
    });
    expect(JSON.stringify(body), what).not.toMatch(/\bat .*\.ts:|node_modules|select /);
  }
  const unknown = await send(`${experimentPath}/upload`, { method: 'PUT', body: { enabled: true, more: 1 } });
  expect(unknown.body.message).toContain('more');
  const wrongMethod = await send(experimentPath, { method: 'DELETE' });
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, PATCH']);
});

it('takes an empty body for none', async () => {
  const { status } = await send(`/experiments/${w.running.code}/activate`, { method: 'POST', body: '' });
  expect(status).toBe(200);
});
