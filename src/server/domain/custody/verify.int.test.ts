import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { acquiredAt, watchedFiles } from '../../../testing/watched-files.ts';
import { file, outbox } from '../../db/schema/index.ts';
import { type CustodyService, createCustodyService } from './custody.service.ts';
import { manifestLine } from './manifest.ts';

const run = promisify(execFile);
const system = testContext();
let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let custody: CustodyService;
let experiment: { id: string; code: string };
let datasetId: string;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
  custody = createCustodyService({ db: w.db, store: w.store });
  experiment = await w.activate(LONG_AGO);
  const opened = await w.ingest.openSeries(w.agentContext, w.series({ prefix: "lyso's $run 1/x" }));
  datasetId = opened.datasetId;
  await w.sendAndComplete(opened, dataFile(1, 0, 10));
  await w.sendAndComplete(opened, dataFile(2, 10, 10));
  await w.files.storeResult(system, {
    ...{ experimentId: experiment.id, datasetId, path: 'processed/übung/result.json' },
    body: Buffer.from('{}'),
  });
});

async function manifest(of: string | null): Promise<string> {
  const pieces = await custody.openManifest(w.as('pi'), { experimentId: experiment.id, datasetId: of });
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
/** Runs `sha256sum -c` over the tree of the experiment. */
async function sha256sum(text: string): Promise<string> {
  const list = join(storage.folder, `${randomUUID()}.sha256`);
  await writeFile(list, text);
  const cwd = w.store.localTree(experiment.code)!;
  const { stdout } = await run('sha256sum', ['-c', '--strict', list], { cwd });
  return stdout;
}
async function verify(of: string | null = null) {
  const input = { experimentId: experiment.id, datasetId: of };
  const { verificationId } = await custody.startVerification(w.as('pi'), input);
  await custody.continueVerification(system, { verificationId });
  const found = await custody.verifications(w.as('pi'), { ...input, limit: 10 });
  return found.find(({ id }) => id === verificationId)!;
}
async function storeMany(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await w.files.storeResult(system, {
      ...{ experimentId: experiment.id, datasetId: null, path: `work/${n}.txt` },
      body: Buffer.from(`${n}`),
    });
  }
}
const pathOnDisk = (path: string) => join(storage.folder, experiment.code, path);
const pathOf = async (name: string) =>
  (
    await w.db
      .select()
      .from(file)
      .where(and(eq(file.experimentId, experiment.id), eq(file.name, name)))
  )[0]!.path;

describe('the manifest', () => {
  it('is what sha256sum -c accepts over the files of the experiment, or of one dataset', async () => {
    const whole = await manifest(null);
    expect(whole.trimEnd().split('\n')).toHaveLength(3);
    expect((await sha256sum(whole)).match(/: OK$/gm)).toHaveLength(3);
    const ofDataset = await manifest(datasetId);
    expect(ofDataset).not.toContain('processed/');
    expect((await sha256sum(ofDataset)).match(/: OK$/gm)).toHaveLength(2);
    const path = await pathOf('x_data_000001.h5');
    await chmod(pathOnDisk(path), 0o644);
    await writeFile(pathOnDisk(path), 'other bytes');
    await expect(sha256sum(whole)).rejects.toMatchObject({
      stdout: expect.stringContaining(`${path}: FAILED`),
    });
  });

  it('writes names as sha256sum does, whatever is in them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'beamdeck-manifest-'));
    try {
      for (const name of [
        'plain',
        ' a  b ',
        'back\\slash',
        'line\nfeed',
        'return\rx',
        '#comment',
        '*star',
        'ü',
      ]) {
        await writeFile(join(folder, name), name);
        const { stdout } = await run('sha256sum', ['--', name], { cwd: folder });
        const sha256 = /[0-9a-f]{64}/.exec(stdout)![0];
        expect(manifestLine(sha256, name)).toBe(stdout);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is not for strangers, nor for a dataset of another experiment', async () => {
    const input = { experimentId: experiment.id, datasetId: null };
    await expect(custody.openManifest(w.as('stranger'), input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const other = await w.activate('2026-02-01T00:00:00Z');
    await expect(
      custody.openManifest(w.as('pi'), { experimentId: other.id, datasetId }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('verifying the store', () => {
  it('finds nothing where nothing has changed, and says so with the date, live', async () => {
    const found = await verify();
    expect(found).toMatchObject({
      ...{ filesTotal: 3, filesChecked: 3, faults: [], datasetId: null, requestedByName: 'pi' },
      finishedAt: expect.any(Date),
    });
    expect(await verify(datasetId)).toMatchObject({ filesChecked: 2, faults: [] });
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.topic, `experiment:${experiment.id}`), eq(outbox.kind, 'verification.changed')));
    expect(told.map(({ data }) => data.datasetId)).toEqual([null, null, datasetId, datasetId]);
  });

  it('finds a flipped bit, a missing and a cut file, and a rotten former version, by name', async () => {
    const watched = watchedFiles(w);
    await watched.enrolledLongAgo();
    const notes = {
      ...{ path: 'notes.txt', bytes: new Uint8Array(randomBytes(100)), clientId: randomUUID() },
      acquired: acquiredAt('2026-03-01T12:00:00Z'),
    };
    const stored = await watched.sendAndComplete(notes);
    const newer = { ...notes, bytes: new Uint8Array(randomBytes(100)), clientId: randomUUID() };
    await watched.sendAndComplete({ ...newer, replaces: notes.clientId });
    const spoil = async (path: string, bytes: Uint8Array) => {
      await chmod(path, 0o644);
      await writeFile(path, bytes);
    };
    const [first, second] = [await pathOf('x_data_000001.h5'), await pathOf('x_data_000002.h5')];
    const rotten = await readFile(pathOnDisk(first));
    rotten[500]! ^= 1;
    await spoil(pathOnDisk(first), rotten);
    await rm(pathOnDisk(second));
    await spoil(pathOnDisk('processed/übung/result.json'), Buffer.from('{'));
    await spoil(join(storage.folder, '_versions', stored.fileId, '1'), Buffer.alloc(100));
    const { faults, finishedAt } = await verify();
    expect(finishedAt).not.toBeNull();
    expect(faults.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'processed/übung/result.json', fault: expect.stringContaining('has 1 bytes') },
      { path: first, fault: expect.stringMatching(/bytes have changed: the SHA-256/) },
      { path: second, fault: 'It is missing from the store.' },
      { path: 'raw/notes.txt (version 1)', fault: expect.stringMatching(/bytes have changed/) },
    ]);
  });

  it('goes on in slices, from where it was cut short, once however often it is asked', async () => {
    await storeMany(450);
    const input = { experimentId: experiment.id };
    const [a, b] = await Promise.all([1, 2].map(() => custody.startVerification(w.as('pi'), input)));
    expect(a).toEqual(b);
    const failing = createCustodyService({
      db: w.db,
      store: {
        ...w.store,
        // biome-ignore lint/correctness/useYield: it fails before its first piece
        async *read() {
          throw new Error('the store is away');
        },
      },
    });
    await custody.continueVerification(system, a!);
    await expect(failing.continueVerification(system, a!)).rejects.toThrow('away');
    await Promise.all([1, 2].map(() => custody.continueVerification(system, a!)));
    const [between] = await custody.verifications(w.as('pi'), { ...input, limit: 1 });
    expect(between).toMatchObject({ filesChecked: 400, finishedAt: null, faults: [] });
    await custody.continueVerification(system, a!);
    const [over] = await custody.verifications(w.as('pi'), { ...input, limit: 1 });
    expect(over).toMatchObject({ filesChecked: 453, finishedAt: expect.any(Date) });
  });
});

it('files moved away while it reads make it skip none of those that stay', async () => {
  await storeMany(220);
  const { verificationId } = await custody.startVerification(w.as('pi'), { experimentId: experiment.id });
  await custody.continueVerification(system, { verificationId });
  const inOrder = await w.db.select().from(file).where(eq(file.experimentId, experiment.id)).orderBy(file.id);
  const elsewhere = await w.activate('2026-02-01T00:00:00Z');
  // One of those that were read, the last of them, and none of the next.
  for (const { id } of [inOrder[0]!, inOrder[199]!]) {
    await w.db.update(file).set({ experimentId: elsewhere.id }).where(eq(file.id, id));
  }
  for (const { path } of inOrder.slice(200)) await rm(pathOnDisk(path));
  await custody.continueVerification(system, { verificationId });
  const [over] = await custody.verifications(w.as('pi'), { experimentId: experiment.id, limit: 1 });
  expect(over).toMatchObject({ filesTotal: 223, filesChecked: 223, finishedAt: expect.any(Date) });
  expect(over!.faults.map(({ path }) => path)).toEqual(inOrder.slice(200).map(({ path }) => path));
});

describe('the custody of a file', () => {
  it('is told with agent, stamps, hash and former contents', async () => {
    const watched = watchedFiles(w);
    await watched.enrolledLongAgo();
    const notes = {
      ...{ path: 'notes.txt', bytes: new Uint8Array(randomBytes(100)), clientId: randomUUID() },
      acquired: acquiredAt('2026-03-01T12:00:00Z'),
    };
    const stored = await watched.sendAndComplete(notes);
    const bytes = new Uint8Array(randomBytes(200));
    await watched.sendAndComplete({ ...notes, bytes, clientId: randomUUID(), replaces: notes.clientId });
    const found = await custody.fileCustody(w.as('pi'), { fileId: stored.fileId });
    expect(found).toMatchObject({
      ...{ path: 'raw/notes.txt', version: 2, source: 'landing', sourcePath: 'notes.txt', sizeBytes: 200 },
      agent: { id: w.agentId, kind: 'hub' },
      versions: [{ version: 1, sizeBytes: 100 }],
    });
    expect(JSON.stringify(found)).not.toContain('_versions');
    const { url } = await w.files.signVersion(w.as('pi'), { fileId: stored.fileId, version: 1 });
    const answer = await fetch(url);
    expect(answer.headers.get('content-disposition')).toContain('notes.v1.txt');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(notes.bytes);
    await expect(
      w.files.signVersion(w.as('pi'), { fileId: stored.fileId, version: 2 }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { sourceCreatedAt, firstByteAt, storedAt, committedAt } = found;
    for (const stamp of [sourceCreatedAt, firstByteAt, storedAt, committedAt])
      expect(stamp).toBeInstanceOf(Date);
    await expect(custody.fileCustody(w.as('stranger'), { fileId: stored.fileId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
