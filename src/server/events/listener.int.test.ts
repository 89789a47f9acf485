import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../scripts/lib/embedded-postgres.ts';
import { type TestDatabase, testDatabase } from '../../testing/test-database.ts';
import { createLogger } from '../observability/logger.ts';
import { type Listener, listen } from './listener.ts';

let database: TestDatabase;
let listener: Listener;
let heard = 0;
let listening = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() => listener.close());
afterAll(() => database?.drop());

function startListening(databaseUrl = database.url): void {
  heard = 0;
  listening = 0;
  listener = listen({
    databaseUrl,
    channel: 'Test channel',
    log: createLogger('test', 'silent'),
    onNotification: () => {
      heard += 1;
    },
    onListening: () => {
      listening += 1;
    },
  });
}

const reached = (value: () => number, wanted: number) => expect.poll(value, { timeout: 30_000 }).toBe(wanted);
const notify = () => database.db.execute(sql`select pg_notify('Test channel', '')`);
const listeners = async () =>
  (
    await database.db.execute<{ pid: number }>(
      sql`select pid from pg_stat_activity where datname = current_database() and application_name = 'beamdeck-live'`,
    )
  ).rows;

it('hears what is notified', async () => {
  startListening();
  await reached(() => listening, 1);
  await notify();
  await notify();
  await reached(() => heard, 2);
});

it('listens again when its connection was cut, and says so each time', async () => {
  startListening();
  for (let round = 1; round <= 2; round += 1) {
    await reached(() => listening, round);
    const [connection] = await listeners();
    await database.db.execute(sql`select pg_terminate_backend(${connection!.pid}::int, 10000)`);
  }
  await reached(() => listening, 3);
  await notify();
  await reached(() => heard, 1);
});

it('closes its connection and hears nothing any more', async () => {
  startListening();
  await reached(() => listening, 1);
  await listener.close();
  expect(await listeners()).toEqual([]);
  await notify();
  expect([heard, listening]).toEqual([0, 1]);
});

it('closes while there is nobody to listen to, or while it connects', async () => {
  const nowhere = new URL(database.url);
  nowhere.port = String(await freePort());
  startListening(nowhere.href);
  await listener.close();
  startListening();
  await listener.close();
  expect(await listeners()).toEqual([]);
  expect(listening).toBe(0);
});
