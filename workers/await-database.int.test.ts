import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '#src/server/db/client.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { awaitDatabase } from './await-database.ts';

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
