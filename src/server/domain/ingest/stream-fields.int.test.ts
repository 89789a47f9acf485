import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import type { StreamRule } from '../../../shared/model/stream-fields.ts';
import { sample } from '../../db/schema/index.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let experimentId: string;
beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
  experimentId = (await w.activate(LONG_AGO)).id;
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const inInstrument = () => ({ instrumentId: w.instrument.id });
const setAt = async (at: string, rules: StreamRule[]) => {
  const staff = w.as('staff');
  staff.at(at);
  await w.instruments.setStreamFields(staff, { ...inInstrument(), rules });
};
const open = async (userData: unknown, more: Parameters<IngestWorld['series']>[0] = {}) => {
  const opened = await w.ingest.openSeries(w.agentContext, w.series({ sampleName: null, userData, ...more }));
  return { ...opened, detail: await w.datasets.getDataset(w.as('staff'), opened) };
};

const RULES: StreamRule[] = [
  { key: 'crystal', field: 'sample' },
  { key: 'puck', field: 'container' },
  { key: 'pin', field: 'position' },
  { key: 'type', field: 'kind', kinds: { osc: 'helical' } },
  { key: 'keV', field: 'energyEv', factor: 1000 },
  { key: 'att', field: 'value', name: 'transmission', unit: '%', factor: 100 },
];
const SAID = { crystal: 'lyso-7', puck: 'P1', pin: 4, type: 'OSC', keV: 13.5, att: 0.25 };

it('user data fill the fields that staff mapped, and the sample’s place where nobody said it', async () => {
  await setAt(LONG_AGO, RULES);
  const { detail } = await open(SAID);
  expect(detail).toMatchObject({
    ...{ kind: 'helical', sampleName: 'lyso-7', sampleContainer: 'P1', samplePosition: '4' },
    acquisition: {
      ...{ energyEv: 13_500, ignored: [], corrections: [] },
      values: { transmission: { value: 25, unit: '%' } },
    },
  });
  await database.db.update(sample).set({ position: '5' }).where(eq(sample.experimentId, experimentId));
  expect((await open(SAID)).detail).toMatchObject({ sampleContainer: 'P1', samplePosition: '5' });
});

it('the mapped sample is that of the destination too', async () => {
  await setAt(LONG_AGO, RULES);
  const staff = w.as('staff');
  staff.at(LONG_AGO);
  await w.agents.setDestination(staff, {
    ...{ agentId: w.agentId, source: 'eiger', kind: 'stream', folder: 'raw', template: '{sample}/{name}' },
  });
  expect((await open(SAID, { sampleName: 'of the HUB' })).base).toMatch(/^raw\/lyso-7\/run_1/);
  expect((await open({}, { sampleName: 'of the HUB' })).detail.sampleName).toBe('of the HUB');
});

it('what is set counts for series that began after it, whenever they are told', async () => {
  await setAt('2026-05-01T10:00:00Z', [{ key: 'a', field: 'sample' }]);
  await setAt('2026-05-01T12:00:00Z', [{ key: 'b', field: 'sample' }]);
  const said = { a: 'A', b: 'B' };
  const sampleAt = async (startedAt: string) => (await open(said, { startedAt })).detail.sampleName;
  expect(await sampleAt('2026-05-01T09:59:59Z')).toBeNull();
  expect(await sampleAt('2026-05-01T11:59:59Z')).toBe('A');
  expect(await sampleAt('2026-05-01T12:00:01Z')).toBe('B');
});

it('what does not fit holds nothing up, and is said with the dataset', async () => {
  await setAt(LONG_AGO, RULES);
  const { detail } = await open({ ...SAID, type: 'foo', keV: 'warm' });
  expect(detail).toMatchObject({ kind: 'rotation', sampleName: 'lyso-7' });
  expect(detail.acquisition.energyEv).toBe(12_400);
  expect(detail.acquisition.ignored).toEqual([
    expect.stringMatching(/^type "foo" was not taken\. /),
    'keV "warm" was not taken. It is no number.',
  ]);
  for (const userData of [null, 'text', [1], { crystal: { x: 1 } }, { crystal: 'a\u0007b' }])
    expect((await open(userData)).detail.sampleName).toBeNull();
});

it('what was announced goes before what the stream says, and is completed by it', async () => {
  await setAt(LONG_AGO, [...RULES, { key: 'note', field: 'comment' }]);
  await w.datasets.announce(w.as('pi'), {
    ...{ experimentId, name: 'lyso/run_1', kind: 'screening', sample: 'thau-1' },
    values: { transmission: { value: 10, unit: '%' }, kappa: { value: 30 } },
  });
  const { detail } = await open({ ...SAID, note: 'from the beamline' });
  expect(detail).toMatchObject({
    ...{ kind: 'screening', sampleName: 'thau-1' },
    acquisition: { energyEv: 13_500, comment: 'from the beamline' },
  });
  expect(detail.acquisition.values).toEqual({
    transmission: { value: 10, unit: '%' },
    kappa: { value: 30 },
  });
});

it('a person’s correction stands beside what the stream said', async () => {
  await setAt(LONG_AGO, RULES);
  const { datasetId, detail } = await open(SAID);
  await w.datasets.editAcquisition(w.as('pi'), {
    ...{ datasetId, version: detail.acquisition.version, kind: 'grid' },
  });
  const { kind, acquisition } = await w.datasets.getDataset(w.as('pi'), { datasetId });
  expect(kind).toBe('grid');
  expect(acquisition.corrections).toMatchObject([{ field: 'kind', said: 'helical' }]);
});

it('is set by staff alone, who see what is set and what the newest series brought', async () => {
  const staff = w.as('staff');
  expect(await w.instruments.streamFields(staff, inInstrument())).toEqual({
    ...{ rules: [], since: null, setByName: null },
  });
  expect(await w.instruments.streamExample(staff, inInstrument())).toBeNull();
  await setAt(LONG_AGO, RULES);
  expect(await w.instruments.streamFields(staff, inInstrument())).toEqual({
    ...{ rules: RULES, since: new Date(LONG_AGO), setByName: 'staff' },
  });
  await open(SAID);
  await open(null);
  expect(await w.instruments.streamExample(staff, inInstrument())).toMatchObject({ userData: SAID });
  for (const who of ['pi', 'stranger'] as const) {
    expect(await codeOf(w.instruments.streamExample(w.as(who), inInstrument()))).not.toBe('done');
    expect(await codeOf(w.instruments.setStreamFields(w.as(who), { ...inInstrument(), rules: [] }))).not.toBe(
      'done',
    );
  }
});
