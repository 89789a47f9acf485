import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { openDatabase } from '#src/server/db/client.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { awaitDatabase, isAway } from './await-database.ts';

const log = createLogger('test', 'silent');
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('a database that answers is not waited for', async () => {
  await awaitDatabase({ sql: database.sql, log });
});

test('a server that is not there yet counts as away', async () => {
  const url = new URL(database.url);
  url.port = String(await freePort());
  const nobody = openDatabase(url.href, { max: 1, name: 'test' });
  const fault: unknown = await nobody.sql`select 1`.catch((error: unknown) => error);
  await nobody.close();
  expect(isAway(fault)).toBe(true);
});

test('a wrong password is told at once', async () => {
  const url = new URL(database.url);
  url.password = 'wrong';
  const refused = openDatabase(url.href, { max: 1, name: 'test' });
  await expect(awaitDatabase({ sql: refused.sql, log })).rejects.toMatchObject({ code: '28P01' });
  await refused.close();
});
