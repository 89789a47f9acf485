import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { acquisition } from '../../db/schema/index.ts';

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

const announce = (input: Omit<Parameters<IngestWorld['datasets']['announce']>[1], 'experimentId'>) =>
  w.datasets.announce(w.as('pi'), { experimentId, ...input });
const open = (prefix: string, sampleName: string | null = null) =>
  w.ingest.openSeries(w.agentContext, w.series({ prefix, sampleName }));
const rowOf = async (id: string) =>
  (await database.db.select().from(acquisition).where(eq(acquisition.id, id)))[0]!;
const list = async () => (await w.datasets.acquisitions(w.as('pi'), { experimentId, limit: 100 })).items;

it('announced before: the data that begin under the name take it up, what they say fills the gaps', async () => {
  const said = await announce({
    name: 'thau/run_7',
    kind: 'helical',
    sample: 'thau-3',
    values: { kappa: { value: 30, unit: 'deg' } },
  });
  expect(said).toMatchObject({ name: 'thau/run_7', datasetId: null });
  expect((await list())[0]).toMatchObject({ id: said.acquisitionId, datasetId: null, sampleName: 'thau-3' });
  const other = await open('thau/run_70');
  expect((await w.row(other.datasetId)).acquisitionId).not.toBe(said.acquisitionId);
  const { datasetId } = await open('thau/run_7', 'from the stream');
  expect((await w.row(datasetId)).acquisitionId).toBe(said.acquisitionId);
  const detail = await w.datasets.getDataset(w.as('pi'), { datasetId });
  expect(detail).toMatchObject({
    ...{ kind: 'helical', sampleName: 'thau-3' },
    acquisition: { energyEv: 12_400, values: { kappa: { value: 30, unit: 'deg' } } },
  });
  expect(await rowOf(said.acquisitionId)).toMatchObject({
    energyEv: 12_400,
    parameters: { values: { kappa: { value: 30, unit: 'deg' } } },
  });
  // Taken once: the next data of that name are another acquisition.
  const next = await open('thau/run_7');
  expect((await w.row(next.datasetId)).acquisitionId).not.toBe(said.acquisitionId);
});

it('announced during or after: the acquisition of the data has what was said, and keeps the rest', async () => {
  const { datasetId } = await open('lyso/run_1', 'lyso-1');
  const { acquisitionId } = await w.row(datasetId);
  const first = await announce({ name: 'lyso/run_1', values: { dose: { value: 1.5, unit: 'MGy' } } });
  expect(first).toMatchObject({ acquisitionId, datasetId });
  await announce({
    name: 'lyso/run_1',
    kind: 'screening',
    energyEv: 13_000,
    values: { robot: { value: true } },
  });
  expect(await rowOf(acquisitionId)).toMatchObject({
    kind: 'screening',
    energyEv: 13_000,
    name: 'lyso/run_1',
    parameters: { values: { dose: { value: 1.5, unit: 'MGy' }, robot: { value: true } } },
  });
  const detail = await w.datasets.getDataset(w.as('pi'), { datasetId });
  expect(detail).toMatchObject({ kind: 'screening', sampleName: 'lyso-1' });
});

it('said at once by many: one acquisition', async () => {
  const said = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      announce({ name: 'many/run_1', sample: 'm', values: { [`v${n}`]: { value: n } } }),
    ),
  );
  const ids = new Set(said.map(({ acquisitionId }) => acquisitionId));
  expect(ids.size).toBe(1);
  const values = (await rowOf([...ids][0]!)).parameters.values as object;
  expect(Object.keys(values)).toHaveLength(8);
});

it('a name is taken literally, in its own experiment', async () => {
  const said = await announce({ name: 'a_b%/c\\d' });
  const close = await open('aXbYY/c\\d');
  expect((await w.row(close.datasetId)).acquisitionId).not.toBe(said.acquisitionId);
  const other = await w.prepare();
  await expect(
    w.datasets.announce(w.as('stranger'), { experimentId, name: 'lyso/run_1' }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const elsewhere = await w.datasets.announce(w.as('staff'), { experimentId: other.id, name: 'lyso/run_1' });
  expect(elsewhere.datasetId).toBeNull();
});

it('keeps no values without end', async () => {
  const values = (from: number) =>
    Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`v${from + n}`, { value: n }]));
  for (const from of [0, 100, 200]) await announce({ name: 'endless/run_1', values: values(from) });
  await expect(announce({ name: 'endless/run_1', values: { more: { value: 1 } } })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  });
});
