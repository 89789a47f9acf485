import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IngestWorld, ingestWorld } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { detector } from '../../db/schema/index.ts';
import { listDetectors } from './detector.repository.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const at = (minute: number) => new Date(Date.UTC(2026, 4, 1, 10, minute));
type Geometry = ReturnType<IngestWorld['series']>['geometry'];
const seenAt = (minute: number, geometry: Partial<Geometry> = {}, serial = 'E-1') => {
  const series = w.series({ startedAt: at(minute).toISOString(), detectorSerialNumber: serial });
  return w.ingest.openSeries(w.agentContext, {
    ...series,
    geometry: { ...series.geometry, ...geometry },
  });
};

it('are kept as their series told them last, late ones and silent ones apart', async () => {
  const told = { detectorDescription: 'EIGER2', imageSizeXPx: 8, pixelSizeXM: 7.5e-5, pixelSizeYM: 7.5e-5 };
  await seenAt(10, told);
  // Says less: what it does not say stays, its size counts.
  await seenAt(20, { imageSizeXPx: 16 });
  // Began earlier and comes late: changes nothing.
  await seenAt(5, { detectorDescription: 'EIGER1', imageSizeXPx: 4 });
  const rows = await listDetectors(w.db, w.instrument.id, 10);
  expect(rows).toMatchObject([
    {
      ...{ name: 'eiger', serialNumber: 'E-1', description: 'EIGER2', imageSizeXPx: 16, imageSizeYPx: 4 },
      ...{ pixelSizeXM: 7.5e-5, lastSeenAt: at(20), sensorMaterial: null },
    },
  ]);
  // Another serial number under the name is another detector.
  await seenAt(30, {}, 'E-2');
  const both = await listDetectors(w.db, w.instrument.id, 10);
  expect(both.map(({ serialNumber }) => serialNumber)).toEqual(['E-2', 'E-1']);
});

it('are noted once by many series that begin at once', async () => {
  const opened = await Promise.all(Array.from({ length: 8 }, (_, i) => seenAt(40 + i, {}, 'E-3')));
  expect(new Set(opened.map(({ datasetId }) => datasetId)).size).toBe(8);
  const rows = await w.db.select().from(detector).where(eq(detector.serialNumber, 'E-3'));
  expect(rows).toMatchObject([{ lastSeenAt: at(47) }]);
});
