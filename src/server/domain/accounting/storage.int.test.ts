import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { file, fileVersion, mail, person, storageChange } from '#src/server/db/schema/index.ts';
import { type ChargingWorld, chargingWorld } from '#src/testing/charging-world.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { createStorageService, type StorageService } from './storage.ts';

let database: TestDatabase;
let storage: TestStore;
let w: ChargingWorld;
let service: StorageService;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  service = createStorageService({ db: database.db });
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await chargingWorld(database.db, storage);
});

const level = () => service.ofExperiment(w.as('pi'), { experimentId: w.experiment.id });
const result = (name: string, sizeBytes: number) =>
  w.files.storeResult(w.system, {
    ...{ experimentId: w.experiment.id, datasetId: null, path: `processed/${name}` },
    body: new Uint8Array(sizeBytes),
  });

it('counts what is stored, rewritten, kept of former contents and removed, before and behind a fold', async () => {
  const { db } = database;
  await result('a.txt', 100);
  await result('b.txt', 50);
  expect((await level()).hotBytes).toBe(150);
  await service.watch(w.system);
  expect(await db.select().from(storageChange)).toEqual([]);
  expect((await level()).hotBytes).toBe(150);
  await result('a.txt', 30);
  const [mine] = await db
    .select()
    .from(file)
    .where(sql`${file.experimentId} = ${w.experiment.id} and ${file.path} = 'processed/a.txt'`);
  await db.insert(fileVersion).values({
    ...{ fileId: mine!.id, version: 1, storeKey: `kept/${mine!.id}`, sizeBytes: 7, sha256: 'x' },
    ...{ committedAt: new Date(), replacedAt: new Date() },
  });
  expect((await level()).hotBytes).toBe(87);
  await Promise.all([1, 2, 3].map(() => service.watch(w.system)));
  expect((await level()).hotBytes).toBe(87);
  await db.delete(fileVersion).where(eq(fileVersion.fileId, mine!.id));
  await db.delete(file).where(eq(file.id, mine!.id));
  expect((await level()).hotBytes).toBe(50);
});

it('is the facility’s against what its valid licences allow together, for who sees the experiment', async () => {
  expect(await level()).toEqual({ hotBytes: 0, quotaBytes: null, warning: null, isFull: false });
  await w.give(0, { hotBytes: 600 });
  await w.give(0, { hotBytes: 400 });
  await w.give(0, { hotBytes: 9999, validUntil: '2026-02-01T00:00:00Z' });
  await w.give(0, { hotBytes: 9999, owner: 'pi' });
  await result('a.txt', 900);
  expect(await level()).toEqual({ hotBytes: 900, quotaBytes: 1000, warning: 90, isFull: false });
  const stranger = service.ofExperiment(w.as('stranger'), { experimentId: w.experiment.id });
  expect(await codeOf(stranger)).toBe('NOT_FOUND');
});

it('refuses results and starts by hand beyond the limit, and never data of the instrument or what triggers start', async () => {
  await w.give(3_600_000, { hotBytes: 1000 });
  await w.jobs.createTrigger(w.as('staff'), {
    ...{ instrumentId: w.instrument.id, name: 'Probe', templateSlug: 'contract-probe' },
  });
  const jobId = await w.start();
  await w.startWaiting();
  await result('large.bin', 1101);
  await expect(result('more.txt', 1)).rejects.toThrow(/hot storage of the facility is full/);
  await expect(w.start()).rejects.toMatchObject({ code: 'NOT_COVERED' });
  const offer = await w.jobs.offer(w.as('pi'), {
    ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId, templateSlug: 'contract-probe' },
  });
  expect(offer.refused?.message).toMatch(/is full/);
  const stored = await w.sendAndComplete(w.dataset, { name: 'data_000001.h5', bytes: new Uint8Array(500) });
  expect(stored.fileId).toBeDefined();
  const { datasetId } = await w.endedDataset();
  expect((await w.jobs.startTriggered(w.system, { datasetId })).jobIds).toHaveLength(1);
  // A run that ends now has nowhere to leave its results: it fails, and costs nothing.
  w.compute.leave(`${jobId}-1`, 'out.txt');
  w.compute.end(`${jobId}-1`, 5000);
  await w.observe();
  expect(await w.rowOf(jobId)).toMatchObject({
    ...{ state: 'failed', failure: { code: 'storage-full' }, chargedCpuMs: 0 },
  });
});

it('warns staff and admins by mail, each step once, however often it is looked at', async () => {
  const { db } = database;
  await db.update(person).set({ emailVerifiedAt: new Date() });
  await w.give(0, { hotBytes: 1000 });
  const told = async () => {
    await Promise.all([service.watch(w.system), service.watch(w.system)]);
    const rows = await db.select().from(mail).where(eq(mail.kind, 'storage-fills'));
    return rows.filter(({ personId }) => personId === w.people.staff).map(({ subject }) => subject);
  };
  await result('a.txt', 790);
  expect(await told()).toEqual([]);
  await result('b.txt', 20);
  expect(await told()).toEqual(['Hot storage of Ingest Facility: 80 % of what is licensed']);
  await result('c.txt', 300);
  expect(await told()).toHaveLength(2);
  const rows = await db.select().from(mail).where(eq(mail.kind, 'storage-fills'));
  const to = rows.map(({ personId }) => personId);
  for (const name of ['pi', 'stranger'] as const) expect(to).not.toContain(w.people[name]);
});
