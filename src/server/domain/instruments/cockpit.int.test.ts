import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/errors/app-error.ts';
import { at, cockpitWorld, NOW } from '../../../testing/cockpit-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { file, frameValues, job, jobTemplate } from '../../db/schema/index.ts';
import { createInstrumentsService } from './instruments.service.ts';

let database: TestDatabase;
const system = testContext();

beforeAll(async () => {
  database = await testDatabase();
  system.at(NOW);
});
afterAll(() => database?.drop());

describe('the cockpit', () => {
  let w: Awaited<ReturnType<typeof cockpitWorld>>;
  beforeAll(async () => {
    w = await cockpitWorld(database);
  });

  it('shows staff everything: data of all, folded reports, the unassigned tray with its reason', async () => {
    const view = await w.cockpit.view(w.as('staff'), { slug: 'mx-9' });
    expect(view.scope).toBe('whole');
    expect(view.active?.experiment.code).toBe(w.benExperiment.code);
    expect(view.active?.people).toMatchObject({ members: [{ role: 'owner' }], total: 1 });
    expect(view.arriving.map((row) => row.id).sort()).toEqual([w.annData, w.benData, w.lost].sort());
    expect(view.reports).toMatchObject([{ code: 'wrong-size', count: 7, message: 'seen 20 s ago' }]);
    expect(view.reports[0]!.firstAt).toEqual(at(50));
    expect(view.reports[0]!.lastAt).toEqual(at(20));
    expect(view.unassigned).toMatchObject({
      total: 1,
      files: 0,
      items: [{ reason: 'No experiment was active.' }],
    });
    expect(view.latency).toMatchObject({ count: 6, p50Ms: 300, p95Ms: 9000 });
    expect(view.today).toMatchObject({ datasets: 3, frames: 12 });
    const { today } = await w.cockpit.surroundings(w.as('staff'), { slug: 'mx-9' });
    expect(today).toEqual({ files: 6, bytes: 6000 });
    expect(view.agents[0]).toMatchObject({ name: 'HUB', lastSeenAt: at(3) });
    expect(view.agents[0]!.detectors[0]!.series?.datasetId).toBe(w.benData);
  });

  it('shows members their own part and nothing of another group', async () => {
    const view = await w.cockpit.view(w.as('ann'), { slug: 'mx-9' });
    expect(view.scope).toBe('own');
    expect(view.active).toBeNull();
    expect(view.arriving.map((row) => row.id)).toEqual([w.annData]);
    expect(view.latency).toMatchObject({ count: 4, p50Ms: 200, p95Ms: 400 });
    const text = JSON.stringify(view);
    for (const secret of [
      w.benExperiment.id,
      w.benExperiment.code,
      w.benData,
      'ben_1',
      'Secret of Ben',
      'nobody_1',
    ]) {
      expect(text).not.toContain(secret);
    }
    const ben = await w.cockpit.view(w.as('ben'), { slug: 'mx-9' });
    expect(ben.active?.experiment.id).toBe(w.benExperiment.id);
    expect(ben.agents[0]!.detectors[0]!.series?.datasetId).toBe(w.benData);
    expect(ben.agents[0]!.status!.held).toMatchObject([{ experimentCode: w.benExperiment.code, files: 2 }]);
  });

  it('shows staff how each agent stands, and the alarms that follow', async () => {
    const { agents, alarms } = await w.cockpit.view(w.as('staff'), { slug: 'mx-9' });
    expect(agents).toMatchObject([
      {
        uploads: { mode: 'paused', byName: 'staff', since: at(0) },
        licence: { state: 'expires-soon', enrolledHost: 'hub-of-ben' },
        waitingLicence: null,
        destinations: [],
        status: {
          bufferLastsS: 7200,
          uploads: { mode: 'paused' },
          held: [{ experimentCode: w.benExperiment.code }],
          folders: [{ name: 'ben folder' }],
          poisoned: [{ path: 'ben_1.cbf' }],
          poisonedTotal: 1,
        },
      },
    ]);
    expect(alarms.map(({ level, code }) => `${level} ${code}`)).toEqual([
      'error disk-low',
      'error poisoned-files',
      'error folder-not-watched',
      'warn licence-expires',
      'warn uploads-not-on',
      'warn promise-broken',
    ]);
  });

  it('shows members that uploads are paused, and nothing that could carry a name', async () => {
    const { agents, alarms } = await w.cockpit.view(w.as('ann'), { slug: 'mx-9' });
    expect(alarms).toEqual([]);
    expect(agents).toMatchObject([
      {
        uploads: { mode: 'paused', byName: null },
        licence: null,
        destinations: [],
        status: { bufferLastsS: 7200, machine: null, held: [], folders: [], poisoned: [], poisonedTotal: 0 },
      },
    ]);
    expect(JSON.stringify(agents)).not.toMatch(/hub-of-ben|ben folder|ben_1/);
  });

  it('names the newest frame each may see: for staff also of unassigned data', async () => {
    const newest = async (name: 'staff' | 'ann' | 'ben') =>
      (await w.cockpit.view(w.as(name), { slug: 'mx-9' })).newestFrame;
    expect(await newest('staff')).toEqual({ datasetId: w.lost, committedAt: at(5), spots: null });
    expect(await newest('ben')).toEqual({ datasetId: w.benData, committedAt: at(8), spots: null });
    expect(await newest('ann')).toEqual({ datasetId: w.annData, committedAt: at(10), spots: null });
  });

  it("tells the spots per frame of the newest frame's dataset: of the stream, else of fast feedback", async () => {
    const spotsOf = async (name: 'staff' | 'ann' | 'ben') =>
      (await w.cockpit.view(w.as(name), { slug: 'mx-9' })).newestFrame?.spots;
    const templateId = system.newId();
    await w.db.insert(jobTemplate).values({
      ...{ id: templateId, slug: 'fast-feedback', version: 1, name: 'Fast feedback', description: '' },
      ...{ entry: 'built-in:fast-feedback', parameters: [], metrics: [], createdAt: at(5) },
    });
    await w.db.insert(job).values({
      ...{ id: system.newId(), experimentId: w.benExperiment.id, datasetId: w.benData, templateId },
      ...{ state: 'running', parameters: {}, driver: 'process', createdAt: at(5) },
      plots: [
        { id: 'resolution', data: [{ x: [1], y: [1.6] }] },
        { id: 'spots', data: [{ x: [1, 2, 4], y: [25, 0, 7] }] },
      ],
    });
    const found = { firstFrame: 1, lastFrame: 4, most: [25, 0, null, 7] };
    expect(await spotsOf('ben')).toEqual(found);
    expect(await spotsOf('ann')).toBeNull();

    const streamed = async (datasetId: string, firstFrame: number, values: readonly number[]) => {
      const [data] = await w.db.select().from(file).where(eq(file.datasetId, datasetId));
      await w.db.insert(frameValues).values({
        ...{ fileId: data!.id, datasetId, name: 'spots', firstFrame, rows: values.length },
        values: new Uint8Array(Float32Array.from(values).buffer),
      });
    };
    await streamed(w.annData, 10, [3, Number.NaN, 340]);
    expect(await spotsOf('ann')).toEqual({ firstFrame: 11, lastFrame: 13, most: [3, null, 340] });
    expect(await spotsOf('ben')).toEqual(found);
    await streamed(w.benData, 0, [1, 2]);
    expect(await spotsOf('ben')).toEqual({ firstFrame: 1, lastFrame: 2, most: [1, 2] });
    expect(await spotsOf('staff')).toBeNull();
  });

  it('shows the newest files without a dataset, of datasets and jobs none, and tells members how many of others', async () => {
    const { fileOf, annExperiment, benExperiment } = w;
    await fileOf(annExperiment.id, null, 50, 90);
    await fileOf(benExperiment.id, null, 50, 30);
    await fileOf(null, null, 50, 20);
    await fileOf(annExperiment.id, null, 50, 10, 'result');
    const told = async (name: 'staff' | 'ann' | 'ben') => {
      const { arrivingFiles, others } = await w.cockpit.view(w.as(name), { slug: 'mx-9' });
      return [others.files, ...arrivingFiles.map((row) => [row.experimentCode, row.committedAt])];
    };
    const [ofAnn, ofBen] = [
      [annExperiment.code, at(90)],
      [benExperiment.code, at(30)],
    ];
    expect(await told('staff')).toEqual([0, [null, at(20)], ofBen, ofAnn]);
    expect(await told('ann')).toEqual([2, ofAnn]);
    // That of Ann came more than a minute ago.
    expect(await told('ben')).toEqual([1, ofBen]);

    for (const secondsAgo of [80, 81, 82, 83, 84, 85]) await fileOf(annExperiment.id, null, 50, secondsAgo);
    const newest = [80, 81, 82, 83, 84].map((secondsAgo) => [annExperiment.code, at(secondsAgo)]);
    expect(await told('ann')).toEqual([2, ...newest]);
  });

  it('does not exist for strangers', async () => {
    const refused = await w.cockpit.view(w.as('outsider'), { slug: 'mx-9' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AppError);
    expect((refused as AppError).code).toBe('NOT_FOUND');
  });

  it('is the only one of its address, also among several facilities', async () => {
    const instruments = createInstrumentsService({ db: database.db });
    const other = await instruments.ensureFacility(system, { code: 'OTH', name: 'Other', timeZone: 'UTC' });
    const create = (slug: string) =>
      instruments.create(system, {
        facilityId: other.id,
        slug,
        name: slug,
        description: '',
        promiseMs: 3000,
      });
    await expect(create('mx-9')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(create('mx-10')).resolves.toMatchObject({ facilityId: other.id });
  });
});
