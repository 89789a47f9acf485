import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { audit, outbox } from '../../db/schema/index.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let experimentId: string;
let runs = 0;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  experimentId = (await w.activate(LONG_AGO)).id;
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

type Edit = Omit<Parameters<IngestWorld['datasets']['editAcquisition']>[1], 'datasetId'>;
const open = async () =>
  (await w.ingest.openSeries(w.agentContext, w.series({ prefix: `edit/run_${++runs}` }))).datasetId;
const edit = (datasetId: string, input: Edit, as: 'pi' | 'staff' | 'stranger' = 'pi') =>
  w.datasets.editAcquisition(w.as(as), { datasetId, ...input });
const detail = (datasetId: string) => w.datasets.getDataset(w.as('pi'), { datasetId });

it('what a person corrects stands beside what the detector said, with who it was', async () => {
  const datasetId = await open();
  const { version } = await edit(datasetId, {
    ...{ version: 1, kind: 'screening', sample: 'lyso-9', mark: 'bad', comment: 'ice rings' },
    ...{ energyEv: 13_000, omegaStartDeg: 45, grid: { rows: 2, columns: 3, snake: true } },
    values: { kappa: { value: 30, unit: 'deg' } },
  });
  expect(version).toBe(2);
  const row = await detail(datasetId);
  expect(row).toMatchObject({
    ...{ kind: 'screening', sampleName: 'lyso-9', mark: 'bad', comment: 'ice rings', energyEv: 13_000 },
    acquisition: {
      ...{ version: 2, energyEv: 13_000, omegaStartDeg: 45, omegaIncrementDeg: 0.1 },
      ...{ grid: { rows: 2, columns: 3, snake: true }, values: { kappa: { value: 30, unit: 'deg' } } },
    },
  });
  expect(row.acquisition.corrections).toMatchObject([
    { field: 'kind', said: 'rotation', by: 'pi' },
    { field: 'sample', said: 'lyso-1', by: 'pi' },
    { field: 'energyEv', said: 12_400, by: 'pi' },
    { field: 'omegaStartDeg', said: null, by: 'pi' },
  ]);
  const [told] = await w.db
    .select()
    .from(audit)
    .where(and(eq(audit.action, 'acquisition.edit'), eq(audit.entityId, row.acquisition.id)));
  expect(told!.detail).toMatchObject({ datasetId, fields: { kind: 'screening', sample: 'lyso-9' } });
  const news = await w.db
    .select()
    .from(outbox)
    .where(eq(outbox.topic, `experiment:${experimentId}`));
  expect(news.some(({ kind, data }) => kind === 'dataset.changed' && data.datasetId === datasetId)).toBe(
    true,
  );
});

it('is taken back by what the detector said', async () => {
  const datasetId = await open();
  await edit(datasetId, { version: 1, kind: 'grid', energyEv: 13_000, sample: null });
  expect((await detail(datasetId)).sampleName).toBeNull();
  await edit(datasetId, { version: 2, kind: 'rotation', energyEv: null, sample: 'lyso-1' });
  const row = await detail(datasetId);
  expect(row).toMatchObject({ kind: 'rotation', sampleName: 'lyso-1', energyEv: 12_400 });
  expect(row.acquisition.corrections).toEqual([]);
});

it('is not overwritten by a program that says it again', async () => {
  const datasetId = await open();
  const name = `edit/run_${runs}`;
  await edit(datasetId, { version: 1, kind: 'grid' });
  await w.datasets.announce(w.as('pi'), { experimentId, name, kind: 'helical', energyEv: 12_500 });
  const row = await detail(datasetId);
  expect(row).toMatchObject({ kind: 'grid', energyEv: 12_500 });
  expect(row.acquisition.corrections).toMatchObject([{ field: 'kind', said: 'helical' }]);
});

it('of two who correct at once the second is told who was faster', async () => {
  const datasetId = await open();
  await edit(datasetId, { version: 1, comment: 'first' }, 'staff');
  const late = edit(datasetId, { version: 1, comment: 'second' });
  await expect(late).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/^staff /) });
  expect((await detail(datasetId)).comment).toBe('first');
  // What is said already is no change, whatever was read.
  expect(await edit(datasetId, { version: 1, comment: 'first' })).toEqual({ version: 2 });
  const both = await Promise.allSettled(
    ['a', 'b'].map((comment) => edit(datasetId, { version: 2, comment })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('is not for strangers', async () => {
  const datasetId = await open();
  await expect(edit(datasetId, { version: 1, comment: 'x' }, 'stranger')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('the list finds data by what is said of them', async () => {
  const [good, bad] = [await open(), await open()];
  await edit(good, { version: 1, mark: 'good', comment: 'Best_of 100%', sample: 'unique-1' });
  await edit(bad, { version: 1, mark: 'bad', kind: 'still', sample: null });
  const found = async (
    filter: Omit<Parameters<IngestWorld['datasets']['listDatasets']>[1], 'experimentId' | 'limit'>,
  ) =>
    (await w.datasets.listDatasets(w.as('pi'), { experimentId, limit: 100, ...filter })).items.map(
      ({ id }) => id,
    );
  expect(await found({ search: 'best_OF 100%' })).toEqual([good]);
  expect(await found({ search: 'bestXof' })).toEqual([]);
  expect(await found({ sample: 'unique-1' })).toEqual([good]);
  expect(await found({ kind: 'still' })).toEqual([bad]);
  expect(await found({ mark: 'good' })).toEqual([good]);
  expect(await found({ mark: 'bad', withoutSample: true })).toEqual([bad]);
  expect(await found({ mark: 'none', kind: 'still' })).toEqual([]);
  expect(await found({ state: 'complete' })).toEqual([]);
  expect(await found({ state: 'receiving', sample: 'unique-1', sort: { metric: 'x', falls: true } })).toEqual(
    [good],
  );
});
