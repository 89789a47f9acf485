import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { destination, file, outbox, upload } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  await files.enrolledLongAgo();
});

const IN_MARCH = '2026-03-01T12:00:00Z';
const random = (bytes = 1000) => new Uint8Array(randomBytes(bytes));
const march = (path: string, changes: Partial<WatchedFile> = {}): WatchedFile => ({
  path,
  bytes: random(),
  acquired: acquiredAt(IN_MARCH),
  ...changes,
});
const rowOf = async (fileId: string) => (await w.db.select().from(file).where(eq(file.id, fileId)))[0]!;

describe('files without a dataset', () => {
  it('go to the experiment that was active when they appeared, whatever is active now', async () => {
    const first = await w.activate(LONG_AGO);
    const second = await w.activate('2026-04-01T00:00:00Z');
    const old = march('lyso/notes.txt');
    const stored = await files.sendAndComplete(old);
    expect(stored).toMatchObject({
      path: 'raw/lyso/notes.txt',
      experimentCode: first.code,
      unassignedReason: null,
    });
    expect(await rowOf(stored.fileId)).toMatchObject({
      experimentId: first.id,
      datasetId: null,
      storeKey: `${first.code}/raw/lyso/notes.txt`,
      source: 'landing',
      sourcePath: 'lyso/notes.txt',
      version: 1,
    });
    // The agent's clock is a month slow.
    const [late] = await files.openAll([
      march('late.txt', { acquired: acquiredAt(IN_MARCH, { clockOffsetMs: 40 * 24 * 3600 * 1000 }) }),
    ]);
    expect(late!.experimentCode).toBe(second.code);
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'file.committed'), eq(outbox.topic, `experiment:${first.id}`)));
    expect(told.map((event) => event.data)).toEqual([
      expect.objectContaining({ fileId: stored.fileId, path: stored.path, datasetId: null }),
    ]);
  });

  it.each<[string, Partial<WatchedFile['acquired']>, RegExp]>([
    [
      'seen while nothing was active',
      {
        seenAt: '2025-06-01T00:00:00Z',
        appearedAt: null,
        watchedSince: '2025-05-01T00:00:00Z',
        modifiedAt: '2025-06-01T00:00:00Z',
      },
      /no experiment was active/,
    ],
    [
      'at the switch',
      { seenAt: '2026-04-01T00:00:00.500Z', appearedAt: null, modifiedAt: '2026-04-01T00:00:00.500Z' },
      /within one second of a change/,
    ],
    [
      'a copy of older data',
      { seenAt: '2026-05-01T00:00:00Z', appearedAt: '2026-05-01T00:00:00Z', modifiedAt: IN_MARCH },
      /a copy of older data/,
    ],
    [
      'older than the agent knows',
      {
        seenAt: '2026-05-01T00:00:00Z',
        appearedAt: null,
        watchedSince: '2026-05-01T00:00:00Z',
        modifiedAt: IN_MARCH,
      },
      /lay there before/,
    ],
  ])('%s: wait in the tray with the reason', async (_, times, reason) => {
    await w.activate(LONG_AGO);
    await w.activate('2026-04-01T00:00:00Z');
    const stored = await files.sendAndComplete(march('a/x.cbf', { acquired: acquiredAt(IN_MARCH, times) }));
    expect(stored).toMatchObject({ experimentCode: null, unassignedReason: expect.stringMatching(reason) });
    const row = await rowOf(stored.fileId);
    expect(row).toMatchObject({ experimentId: null, path: 'raw/a/x.cbf' });
    expect(row.unassignedReason).toMatch(reason);
    expect(row.storeKey).toBe(`_unassigned/${w.instrument.id}/files/${stored.uploadId}/raw/a/x.cbf`);
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'file.committed'), eq(outbox.topic, `instrument:${w.instrument.id}`)));
    // No name: other groups may stand at the instrument.
    expect(told.map((event) => event.data)).toEqual([{ fileId: stored.fileId, datasetId: null }]);
  });

  it('lie where the destination of their source says that counted then', async () => {
    const { code } = await w.activate(LONG_AGO);
    const since = (iso: string, template: string, folder: 'raw' | 'auxiliary') =>
      w.db.insert(destination).values({
        id: randomUUID(),
        agentId: w.agentId,
        source: 'landing',
        folder,
        template,
        since: new Date(iso),
      });
    await since('2026-02-01T00:00:00Z', '{date}/{path}', 'auxiliary');
    await since('2026-03-05T00:00:00Z', 'later/{name}', 'raw');
    const [then, other, later] = await files.openAll([
      march('a/x.log'),
      march('a/x.log', { source: 'camera' }),
      march('a/x.log', { acquired: acquiredAt('2026-03-06T00:00:00Z') }),
    ]);
    expect([then!.path, other!.path, later!.path]).toEqual([
      'auxiliary/2026-03-01/a/x.log',
      'raw/a/x.log',
      'raw/later/x.log',
    ]);
    expect(code).toBeTruthy();
    const raw = { ...w.agentContext, principal: { ...w.agentContext.principal, folders: ['raw'] as const } };
    await expect(
      w.ingest.openUploads(raw as typeof w.agentContext, { uploads: [files.item(march('b/x.log'))] }),
    ).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: expect.stringContaining('auxiliary') });
  });

  it('never take a name that is taken, nor one that a series will need', async () => {
    const first = await w.activate(LONG_AGO);
    await files.sendAndComplete(march('lyso/a.cbf', { source: 'one' }));
    const series = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: IN_MARCH }));
    const opened = await files.openAll([
      ...Array.from({ length: 30 }, (_, n) => march('lyso/a.cbf', { source: `many ${n}` })),
      march('lyso/run_1_data_000002.h5'),
      march('lyso/a.cbf/inside.txt'),
      march('lyso', { source: 'two' }),
    ]);
    expect(series.base).toBe('raw/lyso/run_1');
    const paths = opened.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, n) => `raw/lyso/a_${n + 2}.cbf`));
    expect(paths.slice(30)).toEqual([
      'raw/lyso/run_1_data_000002_2.h5',
      'raw/lyso/a.cbf_2/inside.txt',
      'raw/lyso_2',
    ]);
    // What nobody recorded is not overwritten either.
    await w.store.put(`${first.code}/raw/left.txt`, Buffer.from('by a job'));
    expect((await files.sendAndComplete(march('left.txt'))).path).toBe('raw/left_2.txt');
    // The same names in another experiment are free.
    await w.activate('2026-04-01T00:00:00Z');
    const [elsewhere] = await files.openAll([
      march('lyso/a.cbf', { acquired: acquiredAt('2026-04-05T00:00:00Z') }),
    ]);
    expect(elsewhere!.path).toBe('raw/lyso/a.cbf');
    expect(elsewhere!.experimentCode).not.toBe(first.code);
  });

  it('are opened once, in batches of hundreds, also when the batch is asked twice at the same moment', async () => {
    await w.activate(LONG_AGO);
    const batch = Array.from({ length: 500 }, (_, n) => march(`many/${n}.cbf`, { clientId: randomUUID() }));
    const [a, b] = await Promise.all([files.openAll(batch), files.openAll(batch)]);
    expect(a.map(({ uploadId }) => uploadId)).toEqual(b.map(({ uploadId }) => uploadId));
    expect(a.map(({ path }) => path)).toEqual(batch.map(({ path }) => `raw/${path}`));
    const rows = await w.db.select().from(upload).where(eq(upload.instrumentId, w.instrument.id));
    expect(rows).toHaveLength(500);
  });

  it('of one name that come at the same moment get a name each', async () => {
    await w.activate(LONG_AGO);
    const opened = await Promise.all(
      Array.from({ length: 6 }, (_, n) => files.openAll([march('same.txt', { source: `source ${n}` })])),
    );
    const paths = opened.map(([one]) => one!.path);
    expect(new Set(paths).size).toBe(6);
    expect(paths).toContain('raw/same.txt');
  });

  it('are known when the same source brought the same bytes before', async () => {
    await w.activate(LONG_AGO);
    const notes = march('lyso/notes.txt');
    const stored = await files.sendAndComplete(notes);
    const again = { ...notes, clientId: randomUUID() };
    const [known] = await files.openAll([again]);
    expect(known).toMatchObject({ state: 'known', path: stored.path, signed: [] });
    expect((await files.openAll([again]))[0]).toEqual(known);
    const others = await files.openAll([
      { ...notes, source: 'elsewhere' },
      { ...notes, path: 'lyso/copy.txt' },
      { ...notes, bytes: random() },
    ]);
    expect(others.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });

  it('of another instrument, or unsafe, are refused; long paths keep their name', async () => {
    await w.activate(LONG_AGO);
    const stored = await files.sendAndComplete(march('x.txt'));
    const other = await world();
    await expect(other.ingest.completeUpload(other.agentContext, stored.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const [up] = await files.openAll([march('../../etc/passwd')]);
    expect(up!.path).toBe('raw/etc/passwd');
    const deep = `${Array.from({ length: 9 }, (_, n) => `${n}`.repeat(110)).join('/')}/end.cbf`;
    const [long] = await files.openAll([march(deep)]);
    expect(long!.path).toMatch(/^raw\/.*\/end\.cbf$/);
    expect(Buffer.byteLength(long!.path)).toBeLessThan(1000);
    const chunks = [{ channel: 'x', firstFrame: 0, rows: 1, entries: Buffer.alloc(12).toString('base64') }];
    const sent = await files.send(march('y.txt', { chunks }));
    await expect(w.ingest.completeUpload(w.agentContext, sent.complete)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });
});
