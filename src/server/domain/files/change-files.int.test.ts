import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from '../../../../templates/index.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { dataFile, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { putFile } from '../../../testing/put-file.ts';
import { testContext } from '../../../testing/test-context.ts';
import { audit, experiment, file, formerPlace, job } from '../../db/schema/index.ts';
import { createJobsService } from '../jobs/jobs.service.ts';

const world = ingestWorlds();
const system = testContext();
let w: IngestWorld;
let experimentId: string;
let code: string;

beforeEach(async () => {
  w = await world();
  ({ id: experimentId, code } = await w.activate(LONG_AGO));
});

const bytesOf = (words: string) => new TextEncoder().encode(words);
const put = async (path: string, words = path) =>
  (await putFile(w, w.as('pi'), { experimentId, path, bytes: bytesOf(words) })).fileId;

const move = (to: string, what: { folders?: string[]; fileIds?: string[]; name?: string }) =>
  w.files.moveFiles(w.as('pi'), { experimentId, folders: [], fileIds: [], to, ...what });
const make = (path: string) => w.files.makeFolder(w.as('pi'), { experimentId, path });
const list = async (parent: string) => {
  const { entries, isMade } = await w.files.listFolder(w.as('pi'), { experimentId, parent, limit: 50 });
  return { names: entries.map(({ kind, name }) => (kind === 'folder' ? `${name}/` : name)), isMade };
};
const textAt = async (key: string) => {
  const stat = await w.store.stat(`${code}/${key}`);
  return stat && Buffer.from(await w.store.readRange(stat.key, 0, stat.sizeBytes)).toString();
};

describe('folders that people make', () => {
  it('are there while they are empty, and under no name that is taken', async () => {
    await make('work/notes/2026');
    expect(await list('work')).toMatchObject({ names: ['notes/'] });
    expect(await list('work/notes')).toMatchObject({ names: ['2026/'] });
    expect(await list('work/notes/2026')).toEqual({ names: [], isMade: true });
    expect(await list('work/other')).toEqual({ names: [], isMade: false });
    await put('work/plan.txt');
    expect(await codeOf(make('work/plan.txt'))).toBe('CONFLICT');
    expect(await codeOf(make('work/plan.txt/below'))).toBe('CONFLICT');
    expect(await codeOf(make('work/notes'))).toBe('CONFLICT');
    expect(await codeOf(put('work/notes/2026'))).toBe('CONFLICT');
    for (const path of ['raw/x', 'work', 'elsewhere/x', 'work/../raw']) {
      expect(await codeOf(make(path)), path).toBe('BAD_INPUT');
    }
  });
});

describe('files that people rename and move', () => {
  it('have their new path at once, and their bytes follow without a moment in which they are gone', async () => {
    const fileId = await put('work/a.txt', 'hello');
    const { moved } = await move('metadata/plans', { fileIds: [fileId], name: 'b.txt' });
    expect(moved).toEqual([{ from: 'work/a.txt', path: 'metadata/plans/b.txt' }]);
    expect((await list('metadata/plans')).names).toEqual(['b.txt']);
    expect((await list('work')).names).toEqual([]);
    // What was asked for before the bytes came.
    const { url } = await w.files.signView(w.as('pi'), { fileId });
    expect(await (await fetch(url)).text()).toBe('hello');
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: true });

    expect(await w.files.placeFiles(system)).toEqual({ left: 0 });
    expect([await textAt('work/a.txt'), await textAt('metadata/plans/b.txt')]).toEqual([null, 'hello']);
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: true });
    const [row] = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.action, 'file.rename'), eq(audit.entityId, fileId)));
    expect(row).toMatchObject({
      ...{ principalKind: 'person', principalId: w.people.pi },
      detail: { from: 'work/a.txt', to: 'metadata/plans/b.txt' },
    });
    // The former name is free again.
    await put('work/a.txt', 'another');
    expect(await textAt('work/a.txt')).toBe('another');
  });

  it('move with their folder, empty ones too, and twice before the bytes could follow', async () => {
    const [one, two] = [await put('work/set/one.txt', '1'), await put('work/set/deep/two.txt', '2')];
    await make('work/set/empty');
    await move('work', { folders: ['work/set'], name: 'batch' });
    await move('auxiliary', { folders: ['work/batch'] });
    expect((await list('auxiliary/batch')).names).toEqual(['deep/', 'empty/', 'one.txt']);
    expect((await list('work')).names).toEqual([]);
    await w.files.placeFiles(system);
    expect([await textAt('auxiliary/batch/one.txt'), await textAt('auxiliary/batch/deep/two.txt')]).toEqual([
      '1',
      '2',
    ]);
    expect([await textAt('work/set/one.txt'), await textAt('work/batch/one.txt')]).toEqual([null, null]);
    // And back again, partly before the bytes came.
    await move('work', { fileIds: [one] });
    await move('auxiliary/batch', { fileIds: [one] });
    await w.files.placeFiles(system);
    expect([await textAt('auxiliary/batch/one.txt'), await textAt('work/one.txt')]).toEqual(['1', null]);
    expect(await w.db.select().from(formerPlace).where(eq(formerPlace.fileId, two))).toEqual([]);
    expect(await w.db.select().from(formerPlace).where(eq(formerPlace.fileId, one))).toEqual([]);
  });

  it('keep their former place while a job that had begun before may read there', async () => {
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const fileId = await put('work/a.txt', 'input');
    const jobs = createJobsService({ db: w.db });
    await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
    const { jobId } = await jobs.runTemplate(system, {
      ...{ experimentId, datasetId: opened.datasetId, templateSlug: 'fast-feedback' },
    });
    await w.db.update(job).set({ state: 'running' }).where(eq(job.id, jobId));
    await move('work', { fileIds: [fileId], name: 'b.txt' });
    expect(await w.files.placeFiles(system)).toEqual({ left: 1 });
    expect([await textAt('work/a.txt'), await textAt('work/b.txt')]).toEqual(['input', 'input']);
    await w.db.update(job).set({ state: 'succeeded' }).where(eq(job.id, jobId));
    expect(await w.files.placeFiles(system)).toEqual({ left: 0 });
    expect([await textAt('work/a.txt'), await textAt('work/b.txt')]).toEqual([null, 'input']);
  });

  it('go over nothing, and leave what is no matter of people where it is', async () => {
    const [one, two] = [await put('work/one.txt'), await put('work/two.txt')];
    await put('metadata/one.txt');
    expect(await codeOf(move('metadata', { fileIds: [one] }))).toBe('CONFLICT');
    expect(await codeOf(move('work', { fileIds: [one], name: 'two.txt' }))).toBe('CONFLICT');
    expect(await codeOf(move('metadata', { fileIds: [two, one] }))).toBe('CONFLICT');
    expect((await list('work')).names).toEqual(['one.txt', 'two.txt']);
    expect(await codeOf(move('work/one.txt', { fileIds: [two] }))).toBe('CONFLICT');
    expect(await codeOf(move('raw', { fileIds: [one] }))).toBe('BAD_INPUT');
    expect(await codeOf(move('work', { fileIds: [one], name: '../raw/x' }))).toBe('BAD_INPUT');
    await put('work/in/x.txt');
    expect(await codeOf(move('work/in/deeper', { folders: ['work/in'] }))).toBe('BAD_INPUT');
    expect(await codeOf(move('metadata', { folders: ['work/none'] }))).toBe('NOT_FOUND');

    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const raw = await w.sendAndComplete(opened, dataFile(1, 0, 10));
    expect(await codeOf(move('work', { fileIds: [raw.fileId] }))).toBe('BAD_INPUT');
    const result = { experimentId, datasetId: null, path: 'processed/job/fit.json', body: Buffer.from('{}') };
    const { fileId: resultId } = await w.files.storeResult(system, result);
    expect(await codeOf(move('work', { fileIds: [resultId] }))).toBe('CONFLICT');
    expect(await codeOf(move('work', { folders: ['processed/job'] }))).toBe('CONFLICT');

    await w.db.update(experiment).set({ state: 'closed' }).where(eq(experiment.id, experimentId));
    expect(await codeOf(move('auxiliary', { fileIds: [one] }))).toBe('PROCESSING_OVER');
    expect(await codeOf(make('work/late'))).toBe('PROCESSING_OVER');
    const [row] = await w.db.select().from(file).where(eq(file.id, one));
    expect(row).toMatchObject({ path: 'work/one.txt', storeKey: `${code}/work/one.txt` });
  });
});
