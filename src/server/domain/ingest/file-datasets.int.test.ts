import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCbf } from '../../../shared/codecs/cbf.ts';
import { frameTableOf, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { encodeMiniCbf } from '../../../testing/mini-cbf.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { audit, file } from '../../db/schema/index.ts';
import { createCustodyService } from '../custody/custody.service.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  await files.enrolledLongAgo();
});

const at = (second: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + second * 1000).toISOString();
const rowOf = async (fileId: string) => (await w.db.select().from(file).where(eq(file.id, fileId)))[0]!;
const open = (changes: Parameters<typeof files.dataset>[0] = {}) =>
  w.ingest.openFileDataset(w.agentContext, files.dataset(changes));
const end = (datasetId: string, changes = {}) =>
  w.ingest.endSeries(w.agentContext, {
    datasetId,
    endedAt: new Date().toISOString(),
    ending: 'timeout',
    framesReceived: 3,
    missing: [],
    lost: [],
    ...changes,
  });
/** Frame `number` (from 1) of a CBF series. */
const cbf = (number: number, changes: Partial<WatchedFile> = {}): WatchedFile => ({
  path: `lyso/run_1_000${number}.cbf`,
  bytes: new Uint8Array(randomBytes(2000)),
  acquired: acquiredAt(at(number)),
  kind: 'data',
  clientId: randomUUID(),
  chunks: [frameTableOf(number - 1, 1, { channel: 'default' })],
  ...changes,
});
const loose = (sent: WatchedFile): WatchedFile => ({ ...sent, datasetId: null, kind: 'other', chunks: [] });

describe('a dataset recognised in files', () => {
  it('takes its files under the names they had, and is complete with the last', async () => {
    const { code } = await w.activate(LONG_AGO);
    const request = files.dataset({ sampleName: 'lyso-7' });
    const opened = await w.ingest.openFileDataset(w.agentContext, request);
    expect(opened).toMatchObject({ base: 'raw/lyso/run_1', experimentCode: code, unassignedReason: null });
    expect(await w.ingest.openFileDataset(w.agentContext, request)).toEqual(opened);
    for (const number of [1, 2, 3]) {
      const sent = await files.sendAndComplete(cbf(number, { datasetId: opened.datasetId }));
      expect(sent.path).toBe(`raw/lyso/run_1_000${number}.cbf`);
    }
    expect(await end(opened.datasetId)).toEqual({ state: 'complete' });
    expect(await w.datasets.getDataset(w.as('pi'), { datasetId: opened.datasetId })).toMatchObject({
      framesStored: 3,
      sampleName: 'lyso-7',
      files: 3,
    });
  });

  it('of a name that an older one has gets a suffix: in the names of a CBF series, as a folder for HDF5', async () => {
    await w.activate(LONG_AGO);
    for (const kind of ['cbf-series', 'hdf5-master'] as const) {
      const stem = `${kind}/run_1`;
      const [first, second] = [
        await open({ kind, stem }),
        await open({ kind, stem, acquired: acquiredAt(at(60)) }),
      ];
      expect(first.base).toBe(`raw/${stem}`);
      expect(second.base).toBe(kind === 'cbf-series' ? `raw/${stem}_2` : `raw/${stem}_2/run_1`);
      const name = kind === 'cbf-series' ? '0001.cbf' : 'data_000001.h5';
      const sent = await files.openAll([
        cbf(1, { path: `${stem}_${name}`, datasetId: second.datasetId }),
        cbf(1, { path: `${stem.split('/')[0]}/mask.h5`, datasetId: second.datasetId }),
      ]);
      expect(sent.map(({ path }) => path)).toEqual([
        `${second.base}_${name}`,
        `${second.base.slice(0, second.base.lastIndexOf('/'))}/mask.h5`,
      ]);
    }
  });

  it('that an agent without its journal finds again is the same dataset', async () => {
    await w.activate(LONG_AGO);
    const first = await open();
    const sent = [1, 2, 3].map((number) => cbf(number, { datasetId: first.datasetId }));
    for (const one of sent) await files.sendAndComplete(one);
    await end(first.datasetId);
    const again = await open({ acquired: acquiredAt(at(2)) });
    expect(again).toEqual(first);
    const known = await files.openAll(sent.map((one) => ({ ...one, clientId: randomUUID() })));
    expect(known.map(({ state }) => state)).toEqual(['known', 'known', 'known']);
    expect(await end(again.datasetId)).toEqual({ state: 'complete' });
    const newer = await open({ acquired: acquiredAt(at(100)) });
    expect(newer.base).toBe('raw/lyso/run_1_2');
  });

  it('names the files that never came, and forgets them when they come', async () => {
    await w.activate(LONG_AGO);
    const { datasetId } = await open({ kind: 'hdf5-master', framesPerFile: 3 });
    const ended = await end(datasetId, { framesReceived: 0, absentFiles: ['run_1_data_000001.h5'] });
    expect(ended).toEqual({ state: 'incomplete' });
    expect((await w.row(datasetId)).absentFiles).toEqual(['run_1_data_000001.h5']);
    await files.sendAndComplete(
      cbf(1, {
        path: 'lyso/run_1_data_000001.h5',
        datasetId,
        chunks: [frameTableOf(0, 3, { channel: 'default' })],
      }),
    );
    expect(await w.row(datasetId)).toMatchObject({ absentFiles: [], state: 'complete' });
  });
});

describe('files stored before their dataset was recognised', () => {
  const attach = (datasetId: string, attached: readonly { clientId?: string; frame: number | null }[]) =>
    w.ingest.attachFiles(w.agentContext, {
      datasetId,
      files: attached.map(({ clientId, frame }) => ({
        clientId: clientId!,
        kind: frame === null ? 'master' : 'data',
        frames: frame === null ? null : [frame, frame],
      })),
    });

  it('become part of it where they are, are counted once, and can be shown', async () => {
    await w.activate(LONG_AGO);
    const pixels = Int32Array.from({ length: 16 }, (_, n) => n);
    const first = cbf(1, { bytes: encodeMiniCbf({ pixels, rows: 4, columns: 4 }) });
    const stored = await files.sendAndComplete(loose(first));
    const { datasetId } = await open();
    const both = [{ ...first, frame: 0 }];
    expect(await attach(datasetId, both)).toEqual({ attached: 1 });
    expect(await attach(datasetId, both)).toEqual({ attached: 1 });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 1 });
    expect(await rowOf(stored.fileId)).toMatchObject({ datasetId, kind: 'data', path: stored.path });
    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId });
    const entries = Buffer.from(index.files[0]!.entries, 'base64');
    const { section } = readCbf(first.bytes);
    expect([Number(entries.readBigUInt64LE(0)), entries.readUInt32LE(8)]).toEqual([
      section.offset,
      section.sizeBytes,
    ]);
    // A rewrite has its frame elsewhere, and is found there.
    const longer = encodeMiniCbf({ pixels, rows: 4, columns: 4, lines: ['Another, longer header'] });
    await files.sendAndComplete({
      ...loose(first),
      ...{ bytes: longer, clientId: randomUUID(), replaces: first.clientId! },
    });
    const after = await w.datasets.frameIndex(w.as('pi'), { datasetId });
    const moved = Buffer.from(after.files[0]!.entries, 'base64');
    expect(Number(moved.readBigUInt64LE(0))).toBe(readCbf(longer).section.offset);
    expect((await w.row(datasetId)).framesStored).toBe(1);
  });

  it('of HDF5 count by the frames they are said to have, and nobody is told where they lie', async () => {
    await w.activate(LONG_AGO);
    const data = cbf(1, { path: 'lyso/run_1_data_000001.h5' });
    const master = cbf(2, { path: 'lyso/run_1_master.h5' });
    for (const one of [data, master]) await files.sendAndComplete(loose(one));
    const { datasetId } = await open({ kind: 'hdf5-master', framesPerFile: 3 });
    await w.ingest.attachFiles(w.agentContext, {
      datasetId,
      files: [
        { clientId: data.clientId!, kind: 'data', frames: [0, 2] },
        { clientId: master.clientId!, kind: 'master', frames: null },
      ],
    });
    expect(await end(datasetId)).toEqual({ state: 'complete' });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 3, masterFileId: expect.any(String) });
    expect(await w.datasets.frameIndex(w.as('pi'), { datasetId })).toMatchObject({
      files: [],
      unlocated: [[0, 2]],
    });
    // Rewritten, it keeps its frames and its kind; told that it has fewer, it has fewer.
    const again = { ...loose(data), bytes: new Uint8Array(randomBytes(2500)), clientId: randomUUID() };
    const rewritten = await files.sendAndComplete({ ...again, replaces: data.clientId! });
    expect(await rowOf(rewritten.fileId)).toMatchObject({ version: 2, kind: 'data', datasetId });
    expect((await w.row(datasetId)).framesStored).toBe(3);
    const recount = (last: number) =>
      w.ingest.attachFiles(w.agentContext, {
        datasetId,
        files: [{ clientId: again.clientId, kind: 'data', frames: [0, last] }],
      });
    await recount(1);
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 2, state: 'incomplete' });
    await recount(2);
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 3, state: 'complete' });
    const other = cbf(3, { path: 'lyso/run_1_data_000002.h5' });
    await files.sendAndComplete(loose(other));
    for (const [frames, code] of [
      [[2, 4], 'CONFLICT'],
      [[3, 9], 'BAD_INPUT'],
    ] as const) {
      await expect(
        w.ingest.attachFiles(w.agentContext, {
          datasetId,
          files: [{ clientId: other.clientId!, kind: 'data', frames: [frames[0], frames[1]] }],
        }),
      ).rejects.toMatchObject({ code });
    }
    expect((await w.row(datasetId)).framesStored).toBe(3);
  });

  it('of HDF5 may be the master itself with its images, or hold parts of images that another file stands for', async () => {
    await w.activate(LONG_AGO);
    const whole = cbf(1, { path: 'lyso/run_1.nxs' });
    const parts = [2, 3].map((n) => cbf(n, { path: `lyso/module_${n}.h5`, acquired: acquiredAt(at(50)) }));
    for (const one of [whole, ...parts]) await files.sendAndComplete(loose(one));
    const single = await open({ kind: 'hdf5-master', framesPerFile: 3 });
    await w.ingest.attachFiles(w.agentContext, {
      datasetId: single.datasetId,
      files: [{ clientId: whole.clientId!, kind: 'master', frames: [0, 2] }],
    });
    expect(await end(single.datasetId)).toEqual({ state: 'complete' });
    expect(await w.row(single.datasetId)).toMatchObject({
      framesStored: 3,
      masterFileId: expect.any(String),
    });
    const changes = { stem: 'lyso/modules', acquired: acquiredAt(at(50)), framesPerFile: 3 };
    const modules = await open({ ...changes, kind: 'hdf5-master' });
    const attachBoth = () =>
      w.ingest.attachFiles(w.agentContext, {
        datasetId: modules.datasetId,
        files: parts.map(({ clientId }, n) => ({
          ...{ clientId: clientId!, kind: 'data' as const, frames: n === 0 ? [0, 2] : null },
        })),
      });
    expect(await attachBoth()).toEqual({ attached: 2 });
    expect(await attachBoth()).toEqual({ attached: 2 });
    expect(await w.row(modules.datasetId)).toMatchObject({ framesStored: 3 });
    expect(await end(modules.datasetId, { absentFiles: ['module_4.h5'] })).toEqual({ state: 'incomplete' });
  });

  it('keep their stored names when those at the source were no text', async () => {
    await w.activate(LONG_AGO);
    const odd = cbf(1, { path: 'lyso/run_xFF_0001.cbf', originalPath: 'lyso/run\\xFF_0001.cbf' });
    const stored = await files.sendAndComplete(loose(odd));
    const { datasetId } = await open({ stem: 'lyso/run_xFF' });
    await attach(datasetId, [{ ...odd, frame: 0 }]);
    expect(await rowOf(stored.fileId)).toMatchObject({ datasetId, path: 'raw/lyso/run_xFF_0001.cbf' });
  });

  it('of another experiment move to that of the dataset, and nothing stays behind', async () => {
    const first = await w.activate(LONG_AGO);
    const second = await w.activate(at(10));
    const [early, late] = [cbf(1), cbf(2, { acquired: acquiredAt(at(20)) })];
    const stored = await files.sendAndComplete(loose(early));
    const strayed = await files.sendAndComplete(loose(late));
    expect(strayed.experimentCode).toBe(second.code);
    const { datasetId } = await open();
    const both = [
      { ...early, frame: 0 },
      { ...late, frame: 1 },
    ];
    await attach(datasetId, both);
    const moved = await rowOf(strayed.fileId);
    expect(moved).toMatchObject({
      experimentId: first.id,
      storeKey: `${first.code}/raw/lyso/run_1_0002.cbf`,
      datasetId,
    });
    expect(await w.store.stat(`${second.code}/${strayed.path}`)).toBeNull();
    expect(await w.store.stat(moved.storeKey)).toMatchObject({ sizeBytes: late.bytes.length });
    expect((await rowOf(stored.fileId)).storeKey).toBe(`${first.code}/raw/lyso/run_1_0001.cbf`);
    const trail = await w.db.select().from(audit).where(eq(audit.entityId, strayed.fileId));
    expect(trail.filter(({ action }) => action === 'file.attach').map((entry) => entry.experimentId)).toEqual(
      [first.id, second.id],
    );
    await attach(datasetId, both);
    const custody = createCustodyService({ db: w.db, store: w.store });
    const toldTo = async (experimentId: string) =>
      (await custody.told(w.as('pi'), { experimentId, limit: 10 })).map(({ told }) => told);
    const common = {
      ...{ what: 'parts', files: 1, sizeBytes: late.bytes.length, frames: null, by: null, reason: null },
      elsewhere: { kind: 'experiment' },
    };
    expect(await toldTo(first.id)).toEqual([{ ...common, direction: 'here', name: 'raw/lyso/run_1' }]);
    expect(await toldTo(second.id)).toEqual([{ ...common, direction: 'away', name: strayed.path }]);
    expect((await files.openAll([loose(late)]))[0]).toMatchObject({ path: 'raw/lyso/run_1_0002.cbf' });
  });

  it('are moved to the end when the store fails or the process dies in between', async () => {
    const first = await w.activate(LONG_AGO);
    const second = await w.activate(at(10));
    const late = cbf(2, { acquired: acquiredAt(at(20)) });
    const strayed = await files.sendAndComplete(loose(late));
    const { datasetId } = await open();
    const request = {
      datasetId,
      files: [{ clientId: late.clientId!, kind: 'data' as const, frames: [1, 1] as [number, number] }],
    };
    const failing = (method: 'preserve' | 'delete') =>
      w.ingestOn({
        ...w.store,
        [method]: async (...input: [string, string]) => {
          if (method === 'preserve') await w.store.preserve(...input);
          throw new Error('killed');
        },
      });
    await expect(failing('preserve').attachFiles(w.agentContext, request)).rejects.toThrow('killed');
    expect(await rowOf(strayed.fileId)).toMatchObject({ experimentId: second.id, datasetId: null });
    await expect(failing('delete').attachFiles(w.agentContext, request)).rejects.toThrow('killed');
    expect(await rowOf(strayed.fileId)).toMatchObject({ experimentId: first.id, datasetId });
    await w.ingest.attachFiles(w.agentContext, request);
    expect(await w.store.stat(`${second.code}/${strayed.path}`)).toBeNull();
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 1 });
  });
});
