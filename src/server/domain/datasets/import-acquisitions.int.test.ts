import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { audit } from '../../db/schema/index.ts';

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

type Said = Parameters<IngestWorld['datasets']['writeAcquisitions']>[1]['acquisitions'];
const write = (acquisitions: Said) =>
  w.datasets.writeAcquisitions(w.as('pi'), { experimentId, acquisitions });
const importText = (text: string, dryRun = false) =>
  w.datasets.importAcquisitions(w.as('pi'), { experimentId, text, dryRun });
const open = async (prefix: string, more: Parameters<IngestWorld['series']>[0] = {}) =>
  (await w.ingest.openSeries(w.agentContext, w.series({ prefix, ...more }))).datasetId;
const waiting = async () =>
  (await w.datasets.acquisitions(w.as('pi'), { experimentId, waiting: true, limit: 200 })).items;
const detail = (datasetId: string) => w.datasets.getDataset(w.as('pi'), { datasetId });

describe('a table of acquisitions', () => {
  it('is tried first, then its lines wait for their data, by name, by path and by series', async () => {
    const text = [
      'name,seriesId,kind,sample,mark,comment',
      'table/run_1,,helical,tab-1,good,by name',
      'raw/table/run_2,,,tab-2,,by path',
      ',series-77,still,tab-3,bad,by series',
    ].join('\n');
    const tried = await importText(text, true);
    expect(tried).toMatchObject({ applied: false, added: 3, updated: 0, unchanged: 0, faults: [] });
    expect(await waiting()).toEqual([]);
    expect(await importText(text)).toMatchObject({ applied: true, added: 3 });
    expect(await waiting()).toHaveLength(3);
    expect(await importText(text)).toMatchObject({ applied: true, added: 0, updated: 0, unchanged: 3 });

    const byName = await detail(await open('table/run_1', { sampleName: 'from the stream' }));
    expect(byName).toMatchObject({ kind: 'helical', sampleName: 'tab-1', mark: 'good', comment: 'by name' });
    // Said before the data came, it is no correction of theirs.
    expect(byName.acquisition.corrections).toEqual([]);
    expect(await detail(await open('table/run_2'))).toMatchObject({ kind: 'rotation', sampleName: 'tab-2' });
    const bySeries = await detail(await open('other/name', { seriesUniqueId: 'series-77' }));
    expect(bySeries).toMatchObject({ kind: 'still', sampleName: 'tab-3', comment: 'by series' });
    expect(await waiting()).toEqual([]);
  });

  it('corrects data that are there', async () => {
    const datasetId = await open('there/run_1');
    const done = await importText('name;kind;energy;sample\nthere/run_1;grid;13000;there-1');
    expect(done).toMatchObject({ applied: true, added: 0, updated: 1 });
    const row = await detail(datasetId);
    expect(row).toMatchObject({ kind: 'grid', energyEv: 13_000, sampleName: 'there-1' });
    expect(row.acquisition.corrections.map(({ field, said, by }) => [field, said, by])).toEqual([
      ['kind', 'rotation', 'pi'],
      ['sample', 'lyso-1', 'pi'],
      ['energyEv', 12_400, 'pi'],
    ]);
  });

  it('with one wrong line is not written, and every fault is told', async () => {
    const before = await w.db.select().from(audit).where(eq(audit.experimentId, experimentId));
    const text = 'name,kind,energy\nwrong/1,grid,\nwrong/2,x,-1\nwrong/1,still,\nwrong/2,still,';
    for (const dryRun of [true, false]) {
      const { applied, faults } = await importText(text, dryRun);
      expect(applied).toBe(false);
      expect(faults.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
        '3 kind: One of rotation, screening, grid, helical, serial, still, scan, other.',
        '3 energy: More than 0.',
        '4 null: This is the acquisition of line 2 again.',
        '5 null: This is the acquisition of line 3 again.',
      ]);
    }
    expect(await waiting()).toEqual([]);
    const after = await w.db.select().from(audit).where(eq(audit.experimentId, experimentId));
    expect(after).toHaveLength(before.length);
  });
});

describe('many acquisitions said by a program', () => {
  it('with ids are the same ones when they are said again, also by another name', async () => {
    const first = await write([
      { id: 'c1', name: 'ids/run', sample: 'ids-1' },
      { id: 'c2', name: 'ids/run', sample: 'ids-2' },
      { name: 'ids/run' },
    ]);
    expect(first.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'created']);
    expect(new Set(first.map(({ acquisitionId }) => acquisitionId)).size).toBe(3);
    const again = await write([
      { id: 'c2', name: 'ids/renamed', values: { dose: { value: 1 } } },
      { id: 'c1', name: 'ids/run', sample: 'ids-1' },
      { name: 'ids/run' },
    ]);
    expect(again.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['c2', 'updated'],
      ['c1', 'unchanged'],
      [null, 'unchanged'],
    ]);
    expect(again[0]!.acquisitionId).toBe(first[1]!.acquisitionId);
    // The first data of the name take up what was said first.
    expect(await detail(await open('ids/run'))).toMatchObject({ sampleName: 'ids-1' });
    for (const { id } of await waiting()) {
      await w.datasets.withdrawAcquisition(w.as('pi'), { acquisitionId: id });
    }
    expect(await waiting()).toEqual([]);
  });

  it('are all written or none', async () => {
    const twice = write([{ name: 'none/1' }, { id: 'n', name: 'none/2' }, { id: 'n', name: 'none/3' }]);
    await expect(twice).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(await waiting()).toEqual([]);
  });

  it('at once by several are written once', async () => {
    const said = Array.from({ length: 20 }, (_, n) => ({
      id: `p${n}`,
      name: `parallel/${n}`,
      sample: 'par',
    }));
    const written = await Promise.all([said, said.toReversed(), said].map(write));
    expect(written.flat().filter(({ outcome }) => outcome === 'created')).toHaveLength(20);
    expect(await waiting()).toHaveLength(20);
  });
});

it('what was announced is taken back while it waits, by those who may', async () => {
  const [said] = await write([{ name: 'back/run_1' }]);
  const { acquisitionId } = said!;
  const back = (as: 'pi' | 'stranger') => w.datasets.withdrawAcquisition(w.as(as), { acquisitionId });
  await expect(back('stranger')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await open('back/run_1');
  await expect(back('pi')).rejects.toMatchObject({ code: 'CONFLICT' });
});
