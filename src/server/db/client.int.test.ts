import { createServer } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../scripts/lib/embedded-postgres.ts';
import { type TestDatabase, testDatabase } from '../../testing/test-database.ts';
import { createLogger } from '../observability/logger.ts';
import { type DatabaseHandle, openDatabase, type Queryable } from './client.ts';
import { withConnection } from './connection.ts';
import { isDatabaseAway } from './database-away.ts';

const log = createLogger('test', 'silent');
const MAX = 2;

let database: TestDatabase;
let opened: DatabaseHandle;
beforeAll(async () => {
  database = await testDatabase();
  await database.db.execute(sql`create table note (n int primary key)`);
});
afterAll(() => database?.drop());
beforeEach(() => {
  opened = openDatabase(database.url, { max: MAX, name: 'victim', log });
});
afterEach(() => opened.close());

const faultOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no fault',
    (error: unknown) => error,
  );
const backendOf = async (q: Queryable): Promise<number> => {
  const { rows } = await q.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return rows[0]!.pid;
};
/** Resolves when the backend is gone. */
const terminate = (pid: number) => database.db.execute(sql`select pg_terminate_backend(${pid}::int, 10000)`);
const notes = async () => (await database.db.execute(sql`select n from note order by n`)).rows;
/** Every place of the pool is usable: as many transactions at once as it has connections. */
async function expectWholePool(): Promise<void> {
  let waiting = 0;
  let go = () => {};
  const all = new Promise<void>((resolve) => {
    go = resolve;
  });
  const one = () =>
    opened.db.transaction(async (tx) => {
      waiting += 1;
      if (waiting === MAX) go();
      await all;
      return backendOf(tx);
    });
  expect(new Set(await Promise.all(Array.from({ length: MAX }, one))).size).toBe(MAX);
}

describe('a connection that dies', () => {
  it('in the middle of a transaction is an outage, leaves nothing behind, and its place is free again', async () => {
    for (let round = 0; round < 2 * MAX; round += 1) {
      const fault = await faultOf(
        opened.db.transaction(async (tx) => {
          await tx.execute(sql`insert into note values (1)`);
          await terminate(await backendOf(tx));
          await tx.execute(sql`insert into note values (2)`);
        }),
      );
      expect(isDatabaseAway(fault)).toBe(true);
    }
    expect(await notes()).toEqual([]);
    await expectWholePool();
  });

  it('during a statement is an outage', async () => {
    const fault = await faultOf(
      opened.db.transaction(async (tx) => {
        const pid = await backendOf(tx);
        const slept = tx.execute(sql`select pg_sleep(30)`);
        await Promise.all([slept, terminate(pid)]);
      }),
    );
    expect(isDatabaseAway(fault)).toBe(true);
    await expectWholePool();
  });

  it('before a commit is an outage', async () => {
    const fault = await faultOf(
      opened.db.transaction(async (tx) => {
        await tx.execute(sql`insert into note values (3)`);
        await terminate(await backendOf(tx));
      }),
    );
    expect(isDatabaseAway(fault)).toBe(true);
    expect(await notes()).toEqual([]);
    await expectWholePool();
  });

  it('before a transaction begins costs the pool no place', async () => {
    for (let round = 0; round < 2 * MAX; round += 1) {
      const client = await opened.pool.connect();
      // Dead while it is handed over: the next to begin on it is told.
      client.connection.stream.destroy();
      client.release();
      await faultOf(opened.db.transaction((tx) => tx.execute(sql`select 1`)));
    }
    await expectWholePool();
  });

  it('while nobody uses it is replaced in silence', async () => {
    await terminate(await backendOf(opened.db));
    await expect.poll(() => faultOf(backendOf(opened.db))).toBe('no fault');
    await expectWholePool();
  });
});

it('a transaction that fails by itself keeps its connection', async () => {
  const before = await backendOf(opened.db);
  const own = new Error('no');
  await expect(
    opened.db.transaction(async (tx) => {
      await tx.execute(sql`insert into note values (4)`);
      throw own;
    }),
  ).rejects.toBe(own);
  const twice = opened.db.transaction(async (tx) => {
    await tx.execute(sql`insert into note values (5)`);
    await tx.execute(sql`insert into note values (5)`);
  });
  await expect(twice).rejects.toMatchObject({ cause: { code: '23505', constraint: 'note_pkey' } });
  expect(await notes()).toEqual([]);
  expect(await backendOf(opened.db)).toBe(before);
});

describe('an outage is', () => {
  const outageAt = async (url: string) => {
    const there = openDatabase(url, { max: 1, name: 'nowhere', log });
    const faults = [
      await faultOf(there.db.execute(sql`select 1`)),
      await faultOf(there.db.transaction((tx) => tx.execute(sql`select 1`))),
    ];
    await there.close();
    return faults.map(isDatabaseAway);
  };
  const atPort = (port: number) => {
    const url = new URL(database.url);
    url.port = String(port);
    return url.href;
  };

  it('that nobody listens', async () => {
    expect(await outageAt(atPort(await freePort()))).toEqual([true, true]);
  });

  it('that who listens hangs up', async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    expect(await outageAt(atPort(port))).toEqual([true, true]);
    server.close();
  });

  it('that the database takes no connections at present', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const elsewhere = new URL(database.url);
    elsewhere.pathname = '/postgres';
    const allow = (allowed: boolean) =>
      withConnection(elsewhere.href, (client) =>
        client.query(`alter database "${name}" allow_connections ${allowed}`),
      );
    await allow(false);
    try {
      expect(await outageAt(database.url)).toEqual([true, true]);
    } finally {
      await allow(true);
    }
  });

  it('that the pool was closed', async () => {
    await opened.close();
    expect(isDatabaseAway(await faultOf(opened.db.execute(sql`select 1`)))).toBe(true);
  });

  it('not a wrong password', async () => {
    const url = new URL(database.url);
    url.password = 'wrong';
    expect(await outageAt(url.href)).toEqual([false, false]);
  });
});

it('closing waits for a transaction under way', async () => {
  let closed: Promise<void> | undefined;
  await opened.db.transaction(async (tx) => {
    closed = opened.close();
    await tx.execute(sql`insert into note values (6)`);
  });
  await closed;
  expect(await notes()).toEqual([{ n: 6 }]);
});

it('answers keep their types: 64-bit as text, instants as text, JSON read, bytes as bytes', async () => {
  const { rows } = await opened.db.execute(sql`
    select count(*) as count, 1::float8 as real, '2026-01-02T03:04:05Z'::timestamptz as at,
      '{"a": [1]}'::jsonb as data, '\\x01ff'::bytea as bytes, array['a', 'b'] as words
    from generate_series(1, 3)`);
  expect(rows).toEqual([
    {
      count: '3',
      real: 1,
      at: '2026-01-02 03:04:05+00',
      data: { a: [1] },
      bytes: Buffer.from([1, 255]),
      words: ['a', 'b'],
    },
  ]);
});
