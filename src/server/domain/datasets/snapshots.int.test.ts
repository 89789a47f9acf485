import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { snapshot } from '../../db/schema/index.ts';
import { storedContents } from '../store-move/store-contents.repository.ts';
import { MAX_SNAPSHOT_BYTES } from './snapshots.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let experimentId: string;
beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  experimentId = (await w.activate(LONG_AGO)).id;
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

/** Bytes that begin as a JPEG does. */
const picture = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(200, text)]);
const add = (acquisitionId: string, name: string, bytes: Buffer, who: 'pi' | 'stranger' = 'pi') =>
  w.datasets.addSnapshot(w.as(who), { acquisitionId, name, base64: bytes.toString('base64') });
const announce = async (name: string) =>
  (await w.datasets.announce(w.as('pi'), { experimentId, name })).acquisitionId;
const open = (prefix: string) => w.ingest.openSeries(w.agentContext, w.series({ prefix }));
const shown = async (datasetId: string) => {
  const items = await w.datasets.snapshots(w.as('pi'), { datasetId });
  return Promise.all(
    items.map(async ({ name, url }) => {
      const answer = await fetch(url);
      return [name, answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer())] as const;
    }),
  );
};
const storedKeys = async () => (await database.db.select().from(snapshot)).map(({ storeKey }) => storeKey);

it('put beside what is planned, they stand with its data, byte for byte', async () => {
  const acquisitionId = await announce('lyso/run_1');
  await add(acquisitionId, 'before', picture('a'));
  const { datasetId } = await open('lyso/run_1');
  await add(acquisitionId, 'after 90°', picture('b'));
  expect(await shown(datasetId)).toEqual([
    ['before', 'image/jpeg', picture('a')],
    ['after 90°', 'image/jpeg', picture('b')],
  ]);
});

it('another of the same name takes its place, in the store too; the same one again changes nothing', async () => {
  const acquisitionId = await announce('lyso/run_2');
  const { datasetId } = await open('lyso/run_2');
  await add(acquisitionId, 'loop', picture('a'));
  const first = await storedKeys();
  expect(await add(acquisitionId, 'loop', picture('a'))).toMatchObject({ name: 'loop', takenAt: null });
  expect(await storedKeys()).toEqual(first);
  await add(acquisitionId, 'loop', picture('c'));
  expect(await shown(datasetId)).toEqual([['loop', 'image/jpeg', picture('c')]]);
  const replaced = first.filter((key) => key.includes(acquisitionId));
  expect(replaced).toHaveLength(1);
  expect(await storage.store.stat(replaced[0]!)).toBeNull();
});

it('refuses what is no picture, what is too large, one too many, and leaves nothing of them in the store', async () => {
  const acquisitionId = await announce('lyso/run_3');
  const html = Buffer.from(`<html>${'x'.repeat(300)}`);
  for (const bytes of [html, Buffer.alloc(0), Buffer.from('ffd8ff', 'hex')])
    expect(await codeOf(add(acquisitionId, 'x', bytes))).toBe('BAD_INPUT');
  const large = Buffer.concat([picture('x'), Buffer.alloc(MAX_SNAPSHOT_BYTES)]);
  expect(await codeOf(add(acquisitionId, 'x', large))).toBe('TOO_LARGE');
  for (let n = 0; n < 20; n++) await add(acquisitionId, `n${n}`, picture(`${n}`));
  expect(await codeOf(add(acquisitionId, 'n20', picture('20')))).toBe('CONFLICT');
  await add(acquisitionId, 'n0', picture('another'));
  const own = (await storedKeys()).filter((key) => key.includes(acquisitionId));
  expect(own).toHaveLength(20);
});

it('is for those who may upload; everybody in the experiment sees them, a stranger none', async () => {
  const acquisitionId = await announce('lyso/run_4');
  const { datasetId } = await open('lyso/run_4');
  await add(acquisitionId, 'a', picture('a'));
  expect(await codeOf(add(acquisitionId, 'b', picture('b'), 'stranger'))).toBe('NOT_FOUND');
  expect(await codeOf(w.datasets.snapshots(w.as('stranger'), { datasetId }))).toBe('NOT_FOUND');
  expect(await shown(datasetId)).toHaveLength(1);
  await w.datasets.removeSnapshot(w.as('pi'), { acquisitionId, name: 'a' });
  expect(await codeOf(w.datasets.removeSnapshot(w.as('pi'), { acquisitionId, name: 'a' }))).toBe('NOT_FOUND');
  expect(await shown(datasetId)).toEqual([]);
});

it('what is withdrawn takes its pictures along, and what is moved to another store has them', async () => {
  const acquisitionId = await announce('lyso/never');
  await add(acquisitionId, 'a', picture('withdrawn'));
  const [key] = (await storedKeys()).filter((each) => each.includes(acquisitionId));
  const kept = async () => {
    const keys: string[] = [];
    for await (const each of storedContents(database.db)) keys.push(each.key);
    return keys;
  };
  expect(await kept()).toContain(key);
  await w.datasets.withdrawAcquisition(w.as('pi'), { acquisitionId });
  expect(await kept()).not.toContain(key);
  expect(await storage.store.stat(key!)).toBeNull();
});

it('of two at once with one name one stands, and its bytes are there', async () => {
  const acquisitionId = await announce('lyso/run_5');
  const { datasetId } = await open('lyso/run_5');
  const both = [picture('one'), picture('two')];
  await Promise.all(both.map((bytes) => add(acquisitionId, 'loop', bytes)));
  const [[, , bytes] = [], ...others] = await shown(datasetId);
  expect(others).toEqual([]);
  const sha256 = (each: Buffer) => createHash('sha256').update(each).digest('hex');
  expect(both.map(sha256)).toContain(sha256(bytes!));
});
