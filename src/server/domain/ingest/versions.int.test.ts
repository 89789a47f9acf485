import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { audit, file, fileVersion, frameTable, upload } from '../../db/schema/index.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  await files.enrolledLongAgo();
  await w.activate(LONG_AGO);
});

const random = (bytes = 1000) => new Uint8Array(randomBytes(bytes));
const written = (changes: Partial<WatchedFile> = {}): WatchedFile => ({
  path: 'lyso/notes.txt',
  bytes: random(),
  acquired: acquiredAt('2026-03-01T12:00:00Z'),
  clientId: randomUUID(),
  ...changes,
});
const rewritten = (before: WatchedFile, changes: Partial<WatchedFile> = {}): WatchedFile => ({
  ...before,
  bytes: random(before.bytes.length),
  replaces: before.clientId!,
  clientId: randomUUID(),
  ...changes,
});
const rowOf = async (fileId: string) => (await w.db.select().from(file).where(eq(file.id, fileId)))[0]!;
const versionsOf = (fileId: string) =>
  w.db.select().from(fileVersion).where(eq(fileVersion.fileId, fileId)).orderBy(fileVersion.version);
async function bytesAt(key: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of w.store.read(key)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a rewrite of a stored file', () => {
  it('is its next version: the path has the newest bytes, the former ones are kept', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const second = rewritten(first);
    const third = rewritten(second, { bytes: random(5000) });
    for (const version of [second, third]) {
      expect(await files.sendAndComplete(version)).toMatchObject({
        fileId: stored.fileId,
        path: stored.path,
      });
    }
    const row = await rowOf(stored.fileId);
    expect(row).toMatchObject({ version: 3, sizeBytes: 5000 });
    expect((await bytesAt(row.storeKey)).equals(third.bytes)).toBe(true);
    const kept = await versionsOf(stored.fileId);
    expect(kept.map(({ version }) => version)).toEqual([1, 2]);
    for (const [index, { bytes }] of [first, second].entries()) {
      expect((await bytesAt(kept[index]!.storeKey)).equals(bytes)).toBe(true);
    }
    const trail = await w.db.select().from(audit).where(eq(audit.entityId, stored.fileId));
    expect(trail.map(({ action }) => action)).toEqual(['file.commit', 'file.version', 'file.version']);
    // An answer that was lost is asked for again, also when a newer version has come since.
    const [again] = await files.openAll([second]);
    expect(again).toMatchObject({ state: 'completed', path: stored.path });
    // Bytes that are there need not be sent, whatever they are said to replace.
    expect((await files.openAll([rewritten(third, { bytes: third.bytes })]))[0]!.state).toBe('known');
  });

  it('in another experiment is a new file there: neither group gets bytes of the other, though the name is the same', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const { id: nextId, code } = await w.activate('2026-04-01T00:00:00Z');
    const later = acquiredAt('2026-04-02T12:00:00Z');
    const second = rewritten(first, { acquired: later });
    const elsewhere = await files.sendAndComplete(second);
    expect(elsewhere.fileId).not.toBe(stored.fileId);
    expect(await rowOf(elsewhere.fileId)).toMatchObject({
      experimentId: nextId,
      version: 1,
      path: stored.path,
      storeKey: `${code}/${stored.path}`,
    });
    expect(await rowOf(stored.fileId)).toMatchObject({ version: 1, sizeBytes: first.bytes.length });
    // The same bytes once more in the new experiment are known there; they were not before.
    const third = rewritten(second, { bytes: first.bytes, acquired: later });
    expect((await files.openAll([third]))[0]!.state).toBe('open');
    expect(
      (await files.openAll([rewritten(second, { bytes: second.bytes, acquired: later })]))[0]!.state,
    ).toBe('known');
  });

  it('of which nothing says when is a version while nobody else was active, and goes to the tray otherwise', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const unknown = { ...acquiredAt('2026-03-02T12:00:00Z'), appearedAt: null };
    const found = {
      ...unknown,
      watchedSince: '2026-03-03T00:00:00.000Z',
      seenAt: '2026-03-03T00:00:01.000Z',
    };
    const second = rewritten(first, { acquired: found });
    expect((await files.sendAndComplete(second)).fileId).toBe(stored.fileId);
    await w.activate('2026-04-01T00:00:00Z');
    const third = await files.sendAndComplete(rewritten(second, { acquired: found }));
    expect(third.fileId).not.toBe(stored.fileId);
    expect(await rowOf(third.fileId)).toMatchObject({ experimentId: null });
  });

  it('stays the same file when its bytes are asked to be completed again', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const sent = await files.send(rewritten(first));
    const answers = await Promise.all(
      [1, 2, 3].map(() => w.ingest.completeUpload(w.agentContext, sent.complete)),
    );
    for (const answer of answers) expect(answer.fileId).toBe(stored.fileId);
    expect((await rowOf(stored.fileId)).version).toBe(2);
  });

  it.each(['preserve', 'completeUpload'] as const)(
    'whose completion is cut short after the store did %s: a path always has one of the contents, and asking again ends it',
    async (method) => {
      const first = written();
      const stored = await files.sendAndComplete(first);
      const second = rewritten(first);
      const sent = await files.send(second);
      const { storeKey } = await rowOf(stored.fileId);
      const dying: ObjectStore = {
        ...w.store,
        [method]: async (...input: never[]) => {
          await (w.store[method] as (...given: never[]) => Promise<unknown>)(...input);
          throw new Error('killed');
        },
      };
      const cut = w.ingestOn(dying);
      await expect(cut.completeUpload(w.agentContext, sent.complete)).rejects.toThrow('killed');
      expect(await rowOf(stored.fileId)).toMatchObject({ version: 1 });
      const there = await bytesAt(storeKey);
      expect(there.equals(method === 'preserve' ? first.bytes : second.bytes)).toBe(true);
      // Another rewrite overtakes the one that was cut short: what was recorded is what is kept.
      const third = rewritten(first);
      await files.sendAndComplete(third);
      const [kept] = await versionsOf(stored.fileId);
      expect((await bytesAt(kept!.storeKey)).equals(first.bytes)).toBe(true);
      expect((await bytesAt(storeKey)).equals(third.bytes)).toBe(true);
      expect(await rowOf(stored.fileId)).toMatchObject({ version: 2 });
    },
  );

  it('takes the place of an upload that was never finished, under the same name', async () => {
    const first = written();
    const begun = await files.send(first);
    const second = rewritten(first);
    const stored = await files.sendAndComplete(second);
    expect(stored.path).toBe(begun.path);
    expect(await rowOf(stored.fileId)).toMatchObject({ version: 1 });
    await expect(w.ingest.completeUpload(w.agentContext, begun.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    // And so does a rewrite of an unfinished rewrite.
    const third = await files.send(rewritten(second));
    const fourth = rewritten(second, { replaces: third.clientId });
    expect(await files.sendAndComplete(fourth)).toMatchObject({ fileId: stored.fileId, path: begun.path });
    expect(await rowOf(stored.fileId)).toMatchObject({ version: 2 });
    const open = await w.db
      .select()
      .from(upload)
      .where(and(eq(upload.state, 'open'), eq(upload.instrumentId, w.instrument.id)));
    expect(open).toEqual([]);
  });

  it('has the name to itself when the upload before it was cut off between the name of its bytes and their record', async () => {
    const first = written();
    const begun = await files.send(first);
    const [row] = await w.db.select().from(upload).where(eq(upload.clientId, first.clientId!));
    const { storeKey: key, storeUploadRef: uploadRef } = row!;
    const { parts, sizeBytes } = begun.complete;
    await w.store.completeUpload({ key, uploadRef, parts, sizeBytes });
    const second = rewritten(first);
    expect(await files.sendAndComplete(second)).toMatchObject({ path: begun.path });
    expect((await bytesAt(key)).equals(second.bytes)).toBe(true);
    await expect(w.ingest.completeUpload(w.agentContext, begun.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await bytesAt(key)).equals(second.bytes)).toBe(true);
  });

  it('comes in even when the former bytes have vanished from the store', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const { storeKey } = await rowOf(stored.fileId);
    await w.store.delete(storeKey);
    const second = rewritten(first);
    await files.sendAndComplete(second);
    expect((await bytesAt(storeKey)).equals(second.bytes)).toBe(true);
  });

  it('is no rewrite of a file of another path or another instrument', async () => {
    const first = written();
    const stored = await files.sendAndComplete(first);
    const [other] = await files.openAll([rewritten(first, { path: 'lyso/other.txt' })]);
    expect(other!.path).toBe('raw/lyso/other.txt');
    const elsewhere = await world();
    const [foreign] = await watchedFiles(elsewhere).openAll([rewritten(first)]);
    expect(foreign!.uploadId).not.toBe(stored.uploadId);
    expect((await rowOf(stored.fileId)).version).toBe(1);
  });
});

describe('a rewrite of a data file', () => {
  it('replaces its frames in the dataset, and counts them once', async () => {
    const opened = await w.ingest.openFileDataset(
      w.agentContext,
      files.dataset({ framesPerFile: 10, framesExpected: 10, kind: 'hdf5-master' }),
    );
    const channel = { channel: 'default' };
    const first = written({
      path: 'lyso/run_1_data_000001.h5',
      datasetId: opened.datasetId,
      kind: 'data',
      bytes: random(2000),
      chunks: [frameTableOf(0, 10, { ...channel, absent: [3, 4] })],
    });
    const stored = await files.sendAndComplete(first);
    expect((await w.row(opened.datasetId)).framesStored).toBe(8);
    await files.sendAndComplete(
      rewritten(first, { chunks: [frameTableOf(0, 10, { ...channel, frameBytes: 90 })] }),
    );
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
    const tables = await w.db.select().from(frameTable).where(eq(frameTable.fileId, stored.fileId));
    expect(tables).toHaveLength(1);
    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId: opened.datasetId });
    expect(index.files[0]!.url).toContain('version=2');
    expect(
      await w.ingest.endSeries(w.agentContext, {
        ...{ datasetId: opened.datasetId, endedAt: new Date().toISOString(), ending: 'timeout' },
        ...{ framesReceived: 10, missing: [], lost: [] },
      }),
    ).toEqual({ state: 'complete' });
  });
});
