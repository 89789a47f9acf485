import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experiment, keptAnswer, membership } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import { giveToken } from '#src/testing/give-token.ts';
import type { AccessWorld } from '../testing/access-world.ts';
import { type WebDoors, webDoors } from '../testing/web-doors.ts';
import { answerRequest } from './answer-request.ts';

let doors: WebDoors;
let database: WebDoors['database'];
let w: AccessWorld;

beforeAll(async () => {
  doors = await webDoors();
  ({ w, database } = doors);
});
afterAll(() => doors?.close());

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

it('takes a job template out as a file, changed in again, and to the archive', async () => {
  const { headers } = w.personas.owner.token;
  const own = (path: string, sent: Sent = {}) => send(`/job-templates${path}`, { headers, ...sent });
  const slug = w.template.slug;
  const { body: file } = await own(`/${slug}/file`);
  const changed = { ...file, content: { ...file.content, script: 'exit 3\n' } };
  const next = { method: 'POST', body: changed, key: 'next' };
  for (const isRepeated of [null, 'true']) {
    const saved = await own(`/${slug}/versions?after=1&note=ends+with+3`, next);
    expect(saved).toMatchObject({ status: 201, body: { version: 2 } });
    expect(saved.headers.get('idempotent-replayed')).toBe(isRepeated);
  }
  expect((await own(`/${slug}/versions?after=1`, { ...next, key: 'late' })).body.code).toBe('CONFLICT');
  expect((await own(`/${slug}/file`)).body).toEqual(changed);
  expect((await own(`/${slug}/file?version=1`)).body).toEqual(file);
  expect((await own(`/${slug}`)).body).toMatchObject({
    ...{ version: 2, newestVersion: 2, isMine: true, isShipped: false, file: changed },
    versions: [{ version: 2, note: 'ends with 3' }, { version: 1 }],
  });

  const copy = await own(`?facility=${w.facility.code}`, { method: 'POST', body: changed });
  expect(copy.status).toBe(201);
  expect((await own(`/${copy.body.slug}/file`)).body).toEqual(changed);

  const slugs = async (query = '') =>
    (await own(query)).body.items.map((item: { slug: string }) => item.slug);
  const archive = (archived: boolean) => own(`/${slug}/archived`, { method: 'PUT', body: { archived } });
  expect((await archive(true)).status).toBe(204);
  expect((await archive(true)).body.code).toBe('ALREADY_DONE');
  expect(await slugs()).not.toContain(slug);
  expect(await slugs('?archived=true')).toContain(slug);
  expect((await archive(false)).status).toBe(204);
  expect(await slugs()).toContain(slug);

  for (const body of [
    file.content,
    { ...file, beamdeckTemplate: 2 },
    { ...file, more: 1 },
    { ...file, content: { ...file.content, script: '' } },
  ]) {
    expect((await own(`/${slug}/versions?after=2`, { method: 'POST', body })).body.code).toBe('BAD_INPUT');
  }
  expect((await own('/fast-feedback/file')).body.code).toBe('NOT_FOUND');
});
