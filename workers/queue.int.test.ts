import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type OpenPool, openPool } from '#src/server/db/pool.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { startQueue } from './queue.ts';
import { queueLog } from './queue-log.ts';

const log = createLogger('test', 'silent');
let database: TestDatabase;
let opened: OpenPool;
beforeAll(async () => {
  database = await testDatabase();
  opened = openPool(database.url, { max: 6, name: 'queue', log });
});
afterAll(async () => {
  await opened?.close();
  await database?.drop();
});

const addTask = (name: string) => database.pool.query('select graphile_worker.add_job($1::text)', [name]);
const reached = (value: () => number, wanted: number) => expect.poll(value, { timeout: 30_000 }).toBe(wanted);

it('starts again after an outage in which two tasks ended, one after the other', async () => {
  const begun = new Set<string>();
  const finish = new Map<string, () => void>();
  const held = (name: string) => async () => {
    await new Promise<void>((resolve) => {
      finish.set(name, resolve);
      begun.add(name);
    });
  };
  const queue = await startQueue(
    {
      pgPool: opened.pool,
      concurrency: 2,
      noHandleSignals: true,
      pollInterval: 500,
      logger: queueLog(log),
      taskList: {
        first: held('first'),
        second: held('second'),
        later: async () => {
          begun.add('later');
        },
      },
    },
    log,
  );
  await addTask('first');
  await addTask('second');
  await reached(() => begun.size, 2);

  // Whoever wants a connection waits until all are refused: for each task one writes its end, and one looks for the next.
  const refusals: ((error: Error) => void)[] = [];
  const connect = vi.spyOn(opened.pool, 'connect').mockImplementation(
    () =>
      new Promise((_, reject) => {
        refusals.push(reject);
      }),
  );
  finish.get('first')!();
  await reached(() => refusals.length, 2);
  finish.get('second')!();
  await reached(() => refusals.length, 4);
  connect.mockRestore();
  for (const refuse of refusals) refuse(new Error('Connection terminated unexpectedly'));

  await addTask('later');
  await expect.poll(() => begun.has('later'), { timeout: 30_000 }).toBe(true);
  await queue.stop();
});

it('tasks that take turns follow each other, without waiting until somebody polls', async () => {
  const done: number[] = [];
  await database.pool.query(
    `select graphile_worker.add_job('turn', json_build_object('n', n), queue_name => 'turns', run_at => now() + n * interval '1 microsecond')
     from generate_series(1, 40) n`,
  );
  const queue = await startQueue(
    {
      pgPool: opened.pool,
      concurrency: 2,
      noHandleSignals: true,
      // Longer than any test.
      pollInterval: 3_600_000,
      logger: queueLog(log),
      taskList: {
        turn: async (payload) => {
          done.push((payload as { n: number }).n);
        },
      },
    },
    log,
  );
  await reached(() => done.length, 40);
  expect(done).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  await queue.stop();
});
