import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '#src/server/db/client.ts';
import { raiseEvent } from '#src/server/domain/triggers/raise-event.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { WorkerProcesses } from '#src/testing/spawn-worker.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { ANY_INPUT_TEMPLATE, type TriggerWorld, triggerWorld } from '#src/testing/trigger-world.ts';

/** Real worker processes that are killed, and lose their database, in the middle of a storm of events. */
const EVENTS = 100;
const AT_ONCE = 3;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase;
let storage: TestStore;
let runsDir: string;
let workers: WorkerProcesses;
/** Two instruments: events of one are worked on one after the other. */
let worlds: TriggerWorld[];

beforeAll(async () => {
  [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
  ]);
  workers = new WorkerProcesses({ databaseUrl: database.url, storeDir: storage.folder, runsDir });
  worlds = [await triggerWorld(database.db, storage), await triggerWorld(database.db, storage)];
  // Each decision takes some milliseconds between the job and the line of the history; and nobody runs what is started.
  await database.db.execute(sql`
    create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(0.005); return new; end $$`);
  await database.db.execute(
    sql`create trigger take_time before insert on trigger_firing for each row execute function take_time()`,
  );
  await database.db.execute(sql`
    create function hold_job() returns trigger language plpgsql as
      $$ begin new.lease_owner := 'nobody'; new.lease_until := now() + interval '1 hour'; return new; end $$`);
  await database.db.execute(
    sql`create trigger hold_job before insert on job for each row execute function hold_job()`,
  );
});
afterAll(async () => {
  await workers?.endAll();
  await database?.drop();
  await storage?.close();
  await rm(runsDir, { recursive: true, force: true });
});

async function countOf(query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await database.db.execute<{ count: number }>(query);
  return rows[0]!.count;
}
const decisions = () => countOf(sql`select count(*)::int as count from trigger_firing`);
const waiting = () =>
  countOf(sql`
    select count(*)::int as count from graphile_worker._private_jobs task
    join graphile_worker._private_tasks kind on kind.id = task.task_id
    where kind.identifier = 'start-triggered-jobs'`);
const held = () =>
  countOf(sql`select count(*)::int as count from graphile_worker._private_jobs where locked_at is not null`);

/** As if the minute were over after which a task that is held counts as abandoned: also one of a worker that is alive, and is then done twice. */
async function abandon(): Promise<void> {
  await database.db.execute(
    sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '2 minutes' where locked_at is not null`,
  );
}

/** What a killed worker's connection had just taken may be held after `abandon`: time passes for it too. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let looks = 1; !(await condition()); looks++) {
    await pause(20);
    if (looks % 250 === 0) await abandon();
  }
}

/** No process of the installation reaches the database for so long, and what they were doing there is rolled back. */
async function databaseGone(ms: number): Promise<void> {
  const url = new URL(database.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const log = createLogger('test', 'silent');
  const elsewhere = openDatabase(url.href, { max: 1, name: 'test', log });
  try {
    await elsewhere.pool.query(`alter database "${name}" allow_connections false`);
    await elsewhere.db.execute(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`,
    );
    await pause(ms);
  } finally {
    await elsewhere.pool.query(`alter database "${name}" allow_connections true`);
    await elsewhere.close();
  }
}

it('decides each of hundreds of events once and starts one job for it, though workers are killed and the database goes away', async () => {
  const started = await Promise.all(
    worlds.map(async (w) => ({
      w,
      always: await w.addTrigger({ event: 'experiment.finished', template: ANY_INPUT_TEMPLATE.slug }),
      limited: await w.addTrigger({
        ...{ event: 'experiment.finished', template: ANY_INPUT_TEMPLATE.slug, mostAtOnce: AT_ONCE },
      }),
    })),
  );
  for (const w of worlds) {
    await database.db.transaction(async (tx) => {
      for (let n = 0; n < EVENTS; n++) {
        const finishedAt = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
        const experimentId = w.experiment.id;
        await raiseEvent(tx, w.instrument.id, { event: 'experiment.finished', experimentId, finishedAt });
      }
    });
  }
  const total = worlds.length * 2 * EVENTS;

  const alive = [workers.start(), workers.start()];
  const kill = async (count: number) => {
    for (const dying of alive.splice(0, count)) await workers.end(dying, 'SIGKILL');
  };
  const decided = (share: number) => async () => (await decisions()) >= total * share;
  await until(decided(0.2));
  await kill(1);
  await abandon();
  // Whoever starts looks for abandoned tasks at once.
  alive.push(workers.start());
  await until(decided(0.4));
  await databaseGone(2000);
  await abandon();
  alive.push(workers.start());
  await until(decided(0.6));
  await kill(3);
  const torn = await held();
  await abandon();
  workers.start();
  expect(torn).toBeGreaterThan(0);
  expect(await decisions()).toBeLessThan(total);
  await until(async () => (await waiting()) === 0);

  for (const { w, always, limited } of started) {
    const rows = [...(await w.decided(always)), ...(await w.decided(limited))];
    expect(new Set(rows.map(({ triggerId, eventKey }) => `${triggerId} ${eventKey}`)).size).toBe(2 * EVENTS);
    expect(rows).toHaveLength(2 * EVENTS);
    expect((await w.outcomes(always)).every((outcome) => outcome === 'started')).toBe(true);
    expect((await w.outcomes(limited)).sort()).toEqual([
      ...Array.from({ length: EVENTS - AT_ONCE }, () => 'busy'),
      ...Array.from({ length: AT_ONCE }, () => 'started'),
    ]);
    for (const [trigger, jobs] of [
      [always, EVENTS],
      [limited, AT_ONCE],
    ] as const) {
      const made = (await w.startedBy(trigger)).map(({ id }) => id);
      expect(made).toHaveLength(jobs);
      const told = (await w.decided(trigger)).flatMap(({ jobId }) => jobId ?? []);
      expect(told.sort()).toEqual(made.sort());
    }
  }
}, 600_000);
