import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '#src/server/db/client.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { awaitDatabase, onceDatabaseAnswers } from './await-database.ts';

const log = createLogger('test', 'silent');
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('a database that answers is not waited for', async () => {
  await awaitDatabase({ pool: database.pool, log });
});

test('a wrong password is told at once', async () => {
  const url = new URL(database.url);
  url.password = 'wrong';
  const refused = openDatabase(url.href, { max: 1, name: 'test', log });
  await expect(awaitDatabase({ pool: refused.pool, log })).rejects.toMatchObject({ code: '28P01' });
  await refused.close();
});

test('a step of the start that loses the database in the middle is done again', async () => {
  let tries = 0;
  const done = onceDatabaseAnswers(log, async () => {
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      if (tries++ === 0) await client.query('select pg_terminate_backend(pg_backend_pid())');
      await client.query('commit');
      return 'done';
    } finally {
      client.release(true);
    }
  });
  await expect(done).resolves.toBe('done');
  expect(tries).toBe(2);
});
