import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, asc, eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { alarm, webhookDelivery } from '#src/server/db/schema/index.ts';
import { type AlarmWorld, alarmWorld } from '#src/testing/alarm-world.ts';
import { WorkerProcesses } from '#src/testing/spawn-worker.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { isSigned, type WebhookReceiver, webhookReceiver } from '#src/testing/webhook-receiver.ts';

/** Real workers post to a real receiver; either is taken away at bad moments. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase;
let folder: string;
let w: AlarmWorld;
let receiver: WebhookReceiver;
let workers: WorkerProcesses;
let webhookId: string;
let secret: string;
/** What the workers of a test write to their logs. */
let log: string;

beforeAll(async () => {
  [database, folder] = await Promise.all([testDatabase(), mkdtemp(join(tmpdir(), 'beamdeck-webhook-'))]);
  w = await alarmWorld(database);
});
beforeEach(async () => {
  receiver = await webhookReceiver();
  log = '';
  workers = new WorkerProcesses(
    { databaseUrl: database.url, storeDir: folder, runsDir: folder },
    // The receiver is on loopback.
    { BEAMDECK_DEMO: '1', BEAMDECK_LOG_LEVEL: 'trace' },
    (text) => {
      log += text;
    },
  );
  const made = await w.alarms.addWebhook(staff(), { instrumentId: w.instrument.id, url: receiver.url });
  ({ webhookId, secret } = made);
});
afterEach(async () => {
  await workers?.endAll();
  await w.alarms.removeWebhook(staff(), { webhookId });
  await receiver?.close();
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const staff = () => ({ ...w.by('staff'), now: () => new Date() });
const test = () => w.alarms.testWebhook(staff(), { webhookId });
/** Workers look at alarms too, by their own clocks; here it is about tests. */
const deliveries = () =>
  database.db
    .select()
    .from(webhookDelivery)
    .where(and(eq(webhookDelivery.webhookId, webhookId), eq(webhookDelivery.event, 'test')))
    .orderBy(asc(webhookDelivery.id));
const posts = () => receiver.posts.filter(({ headers }) => headers['beamdeck-event'] === 'test');
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(50);
}
const settled = () => until(async () => (await deliveries()).every(({ state }) => state !== 'waiting'));

it('posts an alarm from its beginning to its end, signed, once each though two workers run', async () => {
  await w.alarms.setEscalation(staff(), { instrumentId: w.instrument.id, minutes: 3 });
  await w.beat();
  await w.pass(60);
  const [row] = await w.standing();
  await w.pass(240);
  await w.alarms.acknowledge(w.by('staff'), { alarmId: row!.id, note: '' });
  await w.pass(400, w.beat);
  // What is told on the clock of the test is late on that of the workers.
  await database.db.update(webhookDelivery).set({ uselessAt: new Date(Date.now() + 3600_000) });
  workers.start();
  workers.start();
  const about = () => receiver.posts.filter(({ body }) => JSON.parse(body).alarm?.id === row!.id);
  await until(async () => {
    const rows = await database.db.select().from(webhookDelivery).where(eq(webhookDelivery.alarmId, row!.id));
    return rows.length === 4 && rows.every(({ state }) => state === 'delivered');
  });
  const bodies = about().map(({ body }) => JSON.parse(body));
  expect(bodies.map(({ event }) => event).sort()).toEqual([
    ...['alarm.acknowledged', 'alarm.cleared', 'alarm.escalated', 'alarm.raised'],
  ]);
  expect(bodies.find(({ event }) => event === 'alarm.raised')).toMatchObject({
    text: 'Warning at MX: Nothing is heard of HUB.',
    instrument: { slug: w.instrument.slug },
    alarm: { code: 'agent-silent', level: 'warn', acknowledgedBy: null },
  });
  expect(bodies.find(({ event }) => event === 'alarm.escalated')).toMatchObject({
    text: 'Nobody has acknowledged it for 3 min. Warning at MX: Nothing is heard of HUB.',
    alarm: { id: row!.id, acknowledgedAt: null, acknowledgedBy: null },
  });
  expect(bodies.find(({ event }) => event === 'alarm.acknowledged').alarm.acknowledgedBy).toMatch(/^staff/);
  for (const post of about()) {
    expect(isSigned(post, secret)).toBe(true);
    expect(isSigned({ ...post, body: `${post.body} ` }, secret)).toBe(false);
    expect(JSON.parse(post.body).id).toBe(post.headers['beamdeck-delivery']);
  }
}, 120_000);

it('tries again until the receiver takes it, and keeps what was answered last', async () => {
  receiver.answer = () =>
    posts().length === 1 ? { status: 503, body: 'try later' } : { status: 200, body: 'thanks' };
  await test();
  workers.start();
  await until(async () => (await deliveries())[0]?.lastStatus === 503);
  await settled();
  expect(await deliveries()).toMatchObject([
    { state: 'delivered', attempts: 2, lastStatus: 200, lastAnswer: 'thanks', event: 'test' },
  ]);
  expect(log).toContain('The webhook did not take it: 503');
  for (const word of ['try later', new URL(receiver.url).host]) expect(log).not.toContain(word);
}, 120_000);

it('says in the log that nobody answered, and not where', async () => {
  const url = 'http://localhost:1/hooks/of-the-chat?key=abc';
  const away = await w.alarms.addWebhook(staff(), { instrumentId: w.instrument.id, url });
  await w.alarms.testWebhook(staff(), { webhookId: away.webhookId });
  workers.start();
  await until(() => log.includes('The webhook did not take it: ECONNREFUSED'));
  for (const word of ['of-the-chat', 'key=abc', 'localhost:1/', '127.0.0.1:1 ', '127.0.0.1:1"'])
    expect(log).not.toContain(word);
  await w.alarms.removeWebhook(staff(), { webhookId: away.webhookId });
}, 120_000);

it('posts again, under the same id, what a killed worker had posted and not written down', async () => {
  const first = workers.start();
  receiver.answer = async () => {
    // It has come whole; the worker dies before it hears so.
    if (posts().length === 1) await workers.end(first, 'SIGKILL');
    return { status: 200 };
  };
  await test();
  await until(() => posts().length === 1);
  expect(await deliveries()).toMatchObject([{ state: 'waiting' }]);
  // As if the minutes were over after which claim and task are taken for abandoned.
  await database.db.update(webhookDelivery).set({ claimedUntil: new Date(Date.now() - 1000) });
  await database.db.execute(
    sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '2 minutes'`,
  );
  workers.start();
  await settled();
  expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  expect(new Set(posts().map(({ headers }) => headers['beamdeck-delivery'])).size).toBe(1);
}, 120_000);

it('gives up what has no use any more', async () => {
  await test();
  await database.db.update(webhookDelivery).set({ uselessAt: new Date(Date.now() - 1000) });
  workers.start();
  await settled();
  expect(await deliveries()).toMatchObject([{ state: 'late' }]);
  expect(posts()).toEqual([]);
}, 60_000);

it('a worker looks at the alarms by itself', async () => {
  await database.db.delete(webhookDelivery);
  await database.db.delete(alarm);
  workers.start();
  // Nothing was heard of the HUB for longer than a moment, by any clock.
  await until(async () => (await w.standing()).some(({ toldAt }) => toldAt !== null));
  expect(await w.standing()).toMatchObject([{ code: 'agent-silent' }]);
}, 120_000);
