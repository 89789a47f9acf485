import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  completion,
  dataFile,
  type IngestWorld,
  LONG_AGO,
  randomFile,
} from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { testContext } from '../../../testing/test-context.ts';
import { audit } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
});

describe('files as people see them', () => {
  it('lie in folders that exist through them, with the data files of a dataset folded into one entry', async () => {
    const { id } = await w.activate(LONG_AGO);
    const system = { ...w.agentContext, principal: { kind: 'system', name: 'test' } as const };
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await w.sendAndComplete(opened, { name: 'master.h5', bytes: randomFile(1), kind: 'master' });
    await w.ingest.openSeries(w.agentContext, w.series({ prefix: 'ins/later' }));
    const result = (path: string, text: string) =>
      w.files.storeResult(system, {
        experimentId: id,
        datasetId: opened.datasetId,
        path,
        body: Buffer.from(text),
      });
    await result('processed/fast/plot.json', '{}');
    const list = async (parent: string, limit = 50) =>
      (await w.files.listFolder(w.as('pi'), { experimentId: id, parent, limit })).entries;
    expect((await list('')).map((entry) => [entry.kind, entry.path])).toEqual([
      ['folder', 'processed'],
      ['folder', 'raw'],
    ]);
    expect((await list('raw')).map((entry) => entry.path)).toEqual(['raw/ins', 'raw/lyso']);
    const entries = await list('raw/lyso');
    expect(entries).toMatchObject([
      {
        kind: 'dataset',
        name: 'run_1',
        datasetId: opened.datasetId,
        framesStored: 10,
        framesExpected: 20,
        state: 'receiving',
      },
      { kind: 'file', name: 'run_1_master.h5', fileKind: 'master', datasetId: opened.datasetId },
    ]);
    const first = await w.files.listFolder(w.as('pi'), { experimentId: id, parent: 'raw/lyso', limit: 1 });
    const next = await w.files.listFolder(w.as('pi'), {
      experimentId: id,
      parent: 'raw/lyso',
      limit: 1,
      cursor: first.nextCursor,
    });
    expect([...first.entries, ...next.entries]).toEqual(entries);
    expect(next.nextCursor).toBeNull();
    await expect(
      w.files.listFolder(w.as('stranger'), { experimentId: id, parent: '', limit: 5 }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // A later run replaces its result, and nothing else.
    const [plot] = await list('processed/fast');
    const replaced = await result('processed/fast/plot.json', '{"a":1}');
    expect(plot).toMatchObject({ fileId: replaced.fileId, sizeBytes: 2 });
    await expect(result('raw/lyso/run_1_master.h5', 'x')).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('stand in the order people count in, on every page: A2 before A10', async () => {
    const { id } = await w.activate(LONG_AGO);
    const system = { ...w.agentContext, principal: { kind: 'system', name: 'test' } as const };
    const names = ['A10', 'A2', 'B1', 'a3', 'A1', 'run_02', 'run_1', 'run_2'];
    const inOrder = ['A1', 'A2', 'a3', 'A10', 'B1', 'run_1', 'run_02', 'run_2'];
    for (const name of names) {
      await w.ingest.openSeries(w.agentContext, w.series({ prefix: `puck/${name}` }));
      for (const path of [`processed/${name}/log.txt`, `processed/files/${name}`])
        await w.files.storeResult(system, {
          experimentId: id,
          datasetId: null,
          path,
          body: Buffer.from('1'),
        });
    }
    const pages = async (parent: string) => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof w.files.listFolder>> = await w.files.listFolder(w.as('pi'), {
          ...{ experimentId: id, parent, limit: 3, cursor },
        });
        found.push(...page.entries.map(({ name }) => name));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    };
    expect(await pages('processed')).toEqual([...inOrder.slice(0, 5), 'files', ...inOrder.slice(5)]);
    expect(await pages('processed/files')).toEqual(inOrder);
    expect(await pages('raw/puck')).toEqual(inOrder);
  });

  it('a result never takes the place of a file that no job wrote: its bytes stay', async () => {
    const { id } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const path = 'processed/notes.h5';
    const sent = randomFile(1);
    const { fileId } = await w.sendAndComplete(opened, {
      name: 'notes.h5',
      bytes: sent,
      kind: 'other',
      path,
    });
    const stored = w.files.storeResult(testContext(), {
      experimentId: id,
      datasetId: null,
      path,
      body: Buffer.from('a result'),
    });
    await expect(stored).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: true });
  });

  it('are downloaded by signed address, audited, and verified against the source', async () => {
    const { code, id } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = dataFile(1, 0, 10);
    const { fileId, path } = await w.sendAndComplete(opened, sent);
    const { url } = await w.files.signDownload(w.as('pi'), { fileId });
    const answer = await fetch(url);
    expect(answer.headers.get('content-disposition')).toContain('run_1_data_000001.h5');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(sent.bytes));
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({
      ok: true,
      sha256: completion(sent.bytes).sha256,
    });
    await w.store.delete(`${code}/${path}`);
    await w.store.put(`${code}/${path}`, Buffer.from('other bytes'));
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: false });
    await w.store.delete(`${code}/${path}`);
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: false, sha256: null });
    const place = { experimentId: id, path };
    expect(await w.files.signViewAt(w.as('pi'), place)).toMatchObject({
      fileId,
      sizeBytes: sent.bytes.length,
    });
    expect(await w.files.signViewAt(w.as('pi'), { ...place, path: `${path}.bak` })).toBeNull();
    await expect(w.files.signViewAt(w.as('stranger'), place)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const call of ['getFile', 'signDownload', 'signView', 'verifyFile'] as const) {
      await expect(w.files[call](w.as('stranger'), { fileId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const trail = await w.db.select().from(audit).where(eq(audit.entityId, fileId)).orderBy(audit.id);
    expect(trail.map((entry) => entry.action)).toEqual([
      'file.commit',
      'file.download',
      'file.verify',
      'file.verify',
      'file.verify',
    ]);
  });
});
