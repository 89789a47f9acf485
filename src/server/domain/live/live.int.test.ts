import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Topic } from '../../../shared/contracts/live-events.ts';
import { eventsOf } from '../../../testing/live-items.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import type { Queryable } from '../../db/client.ts';
import {
  experiment,
  facility,
  instrument,
  instrumentStaff,
  membership,
  person,
} from '../../db/schema/index.ts';
import { LiveHub } from '../../events/live-hub.ts';
import { publish } from '../../events/outbox.repository.ts';
import { sweepOutbox } from '../../events/outbox-read.repository.ts';
import { createLogger } from '../../observability/logger.ts';
import { createLiveService, type LiveItem, type LiveService } from './live.service.ts';

let database: TestDatabase;
let hub: LiveHub;
let live: LiveService;
let sessionLive = true;
const system = testContext();
const facilityId = system.newId();
const instrumentId = system.newId();
const experimentId = system.newId();
const memberId = system.newId();
const staffId = system.newId();
const strangerId = system.newId();
const topic: Topic = `experiment:${experimentId}`;

beforeAll(async () => {
  database = await testDatabase();
  const { db } = database;
  const at = { createdAt: system.now() };
  await db.insert(facility).values({ id: facilityId, code: 'TST', name: 'Test', timeZone: 'UTC', ...at });
  await db
    .insert(person)
    .values(
      [memberId, staffId, strangerId].map((id) => ({ id, email: `${id}@example.org`, name: id, ...at })),
    );
  await db.insert(instrument).values({ id: instrumentId, facilityId, slug: 'mx', name: 'MX', ...at });
  await db.insert(instrumentStaff).values({ instrumentId, personId: staffId, ...at });
  await db.insert(experiment).values({
    id: experimentId,
    facilityId,
    instrumentId,
    code: 'TST26-00000',
    title: 'x',
    state: 'running',
    piName: 'x',
    ...at,
  });
  await db.insert(membership).values({ experimentId, personId: memberId, role: 'member', ...at });
  hub = new LiveHub({ db, databaseUrl: database.url, log: createLogger('test', 'silent') });
  live = createLiveService({ db, hub, isSessionLive: async () => sessionLive });
});

afterAll(async () => {
  await hub.close();
  await database.drop();
});

const tell = (q: Queryable, n: number, topics: Topic[] = [topic]) =>
  publish(q, system, { topics, kind: 'experiment.changed', data: { n } });

/** As of a web process that has just begun. */
async function anotherHub() {
  const { db, url } = database;
  const own = new LiveHub({ db, databaseUrl: url, log: createLogger('test', 'silent') });
  return {
    live: createLiveService({ db, hub: own, isSessionLive: async () => sessionLive }),
    [Symbol.asyncDispose]: () => own.close(),
  };
}

/** A watcher that hands out items one by one; `until` reads on up to the first that fits. */
function watcher(personId: string, topics: Topic[], lastEventId?: string, by = live) {
  const stop = new AbortController();
  const stream = by.watch(testContext(asPerson(personId)), { topics, lastEventId }, stop.signal);
  return {
    stream,
    stop: () => stop.abort(),
    async until(fits: (item: LiveItem) => boolean): Promise<LiveItem[]> {
      const seen: LiveItem[] = [];
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error(`the stream ended after ${JSON.stringify(seen)}`);
        seen.push(value);
        if (fits(value)) return seen;
      }
    },
  };
}

const numbers = (items: LiveItem[]) => items.flatMap(eventsOf).map(({ data }) => data.n);
const isNumber = (n: number) => (item: LiveItem) => eventsOf(item).some(({ data }) => data.n === n);

describe('live events', () => {
  it('never loses an event of a transaction that commits after a later one', async () => {
    const { db } = database;
    const watch = watcher(memberId, [topic]);
    await watch.until((item) => item.message.type === 'hello');

    let commitSlow = () => {};
    let slowWrote = () => {};
    const wrote = new Promise<void>((resolve) => {
      slowWrote = resolve;
    });
    const slow = db.transaction(async (tx) => {
      await tell(tx, 1);
      slowWrote();
      await new Promise<void>((resolve) => {
        commitSlow = resolve;
      });
    });
    await wrote;
    // Younger, and committed first: with sequence numbers alone a reader would go past 1 for ever.
    await tell(db, 2);
    await tell(db, 3);
    const received = watch.until(isNumber(3));
    await new Promise((resolve) => setTimeout(resolve, 60));
    commitSlow();
    await slow;
    expect(numbers(await received)).toEqual([1, 2, 3]);
    watch.stop();
  });

  it('takes nothing from a transaction that was rolled back', async () => {
    const { db } = database;
    const watch = watcher(memberId, [topic]);
    await watch.until((item) => item.message.type === 'hello');
    await db
      .transaction(async (tx) => {
        await tell(tx, 10);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await tell(db, 11);
    expect(numbers(await watch.until(isNumber(11)))).toEqual([11]);
    watch.stop();
  });

  it('goes on behind the last event, without doubles', async () => {
    const { db } = database;
    const first = watcher(memberId, [topic]);
    await first.until((item) => item.message.type === 'hello');
    await tell(db, 20);
    const before = await first.until(isNumber(20));
    first.stop();
    await tell(db, 21);
    await tell(db, 22);
    const second = watcher(memberId, [topic], before.at(-1)!.id);
    expect(numbers(await second.until(isNumber(22)))).toEqual([21, 22]);
    await tell(db, 23);
    expect(numbers(await second.until(isNumber(23)))).toEqual([23]);
    second.stop();
  });

  it('grants topics by right: member, staff, stranger', async () => {
    const topics: Topic[] = [
      topic,
      `instrument:${instrumentId}`,
      `person:${memberId}`,
      `job:${system.newId()}`,
    ];
    const granted = async (personId: string) => {
      const watch = watcher(personId, topics);
      const [hello] = await watch.until(() => true);
      watch.stop();
      return hello!.message.type === 'hello' ? hello!.message.topics : [];
    };
    expect(await granted(memberId)).toEqual([topic, `person:${memberId}`]);
    expect(await granted(staffId)).toEqual([topic, `instrument:${instrumentId}`]);
    expect(await granted(strangerId)).toEqual([]);
  });

  it('a removed member hears nothing from that moment, not even the rest of the batch', async () => {
    const { db } = database;
    const leaverId = system.newId();
    await db
      .insert(person)
      .values({ id: leaverId, email: 'l@example.org', name: 'l', createdAt: system.now() });
    await db
      .insert(membership)
      .values({ experimentId, personId: leaverId, role: 'viewer', createdAt: system.now() });
    const watch = watcher(leaverId, [topic, `person:${leaverId}`]);
    await watch.until((item) => item.message.type === 'hello');
    await db.transaction(async (tx) => {
      await tx.delete(membership).where(eq(membership.personId, leaverId));
      await publish(tx, system, { topics: [topic], kind: 'member.changed', data: { experimentId } });
      await tell(tx, 30);
      await tell(tx, 31, [`person:${leaverId}`]);
    });
    const seen = await watch.until(isNumber(31));
    expect(seen.map((item) => item.message.type)).toEqual(['revoked', 'events']);
    expect(numbers(seen)).toEqual([31]);
    watch.stop();
  });

  it('ends when the session was revoked', async () => {
    const watch = watcher(memberId, [topic]);
    await watch.until((item) => item.message.type === 'hello');
    sessionLive = false;
    await publish(database.db, system, { topics: [topic], kind: 'member.changed', data: { experimentId } });
    await expect(watch.until(() => false)).rejects.toThrow('the stream ended');
    sessionLive = true;
  });

  it('says gap when what was missed is no longer kept, or the id is from another database', async () => {
    const { db } = database;
    const first = watcher(memberId, [topic]);
    await first.until((item) => item.message.type === 'hello');
    await tell(db, 40);
    const old = (await first.until(isNumber(40))).at(-1)!.id;
    first.stop();
    await tell(db, 41);
    expect(await sweepOutbox(db, new Date(Date.now() + 60_000))).toBeGreaterThan(0);
    await using after = await anotherHub();
    for (const id of [old, '999999999999-1']) {
      const late = watcher(memberId, [topic], id, after.live);
      const types = (await late.until((item) => item.message.type === 'gap')).map(
        (item) => item.message.type,
      );
      expect(types).toEqual(['hello', 'gap']);
      await tell(db, 42);
      expect(numbers(await late.until(isNumber(42)))).toEqual([42]);
      late.stop();
    }
  });

  it('goes on after the process was exchanged for another, from memory, with what is the caller’s alone', async () => {
    const { db } = database;
    const first = watcher(memberId, [topic]);
    await first.until((item) => item.message.type === 'hello');
    await tell(db, 50);
    const last = (await first.until(isNumber(50))).at(-1)!.id;
    first.stop();
    const others: Topic = `experiment:${system.newId()}`;
    for (let n = 51; n < 60; n += 1) await tell(db, n, n % 3 === 0 ? [others] : [topic]);
    await using after = await anotherHub();
    const second = watcher(memberId, [topic, others], last, after.live);
    await tell(db, 60);
    expect(numbers(await second.until(isNumber(60)))).toEqual([52, 53, 55, 56, 58, 59, 60]);
    second.stop();
  });

  it('refuses an id that is not one of ours', async () => {
    const watch = watcher(memberId, [topic], "0-0' or true");
    await expect(watch.until(() => true)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
