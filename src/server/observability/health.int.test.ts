import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../testing/test-database.ts';
import { createStore } from '../storage/create-store.ts';
import { checkHealth } from './health.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

const store = (storeDir: string) =>
  createStore({ store: 'fs', storeDir, dataUrl: 'http://127.0.0.1:1', secret: 'x'.repeat(32) });

it('says which part is away, and how long tasks wait', async () => {
  const faults: string[] = [];
  const onFault = (part: string) => faults.push(part);
  const { pool } = database;
  await pool.query(
    `select graphile_worker.add_job('waits', '{}'::json, run_at => now() - interval '90 seconds')`,
  );
  await pool.query(
    `select graphile_worker.add_job('later', '{}'::json, run_at => now() + interval '90 seconds')`,
  );
  // A folder that cannot be made: below a file.
  const away = store(`${import.meta.filename}/below-a-file`);
  const health = await checkHealth({ pool, store: away, version: '1', onFault });
  expect(health).toMatchObject({ ok: false, database: 'ok', store: 'away' });
  expect(health.queue.oldestWaitingS).toBeGreaterThanOrEqual(90);
  expect(faults).toEqual(['store']);
  await database.close();
  expect(await checkHealth({ pool, store: away, version: '1', onFault })).toMatchObject({
    ok: false,
    database: 'away',
    queue: { oldestWaitingS: null },
  });
});
