import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChargingWorld, chargingWorld } from '#src/testing/charging-world.ts';
import { PROBE_TEMPLATE } from '#src/testing/probe-template.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { acquisition, dataset, job, jobProvisionalFile, sample } from '../../db/schema/index.ts';
import { appendLog, forgetStoredLog, storedLog } from './job-log.repository.ts';
import { createJobResultsService } from './job-results.service.ts';
import type { LogHit, LogSearchPlace } from './jobs.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: ChargingWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await chargingWorld(database.db, storage);
});

/** No job of one test waits before those of the next. */
afterEach(async () => {
  const { items } = await w.jobs.list(w.system, { states: ['queued', 'submitted', 'running'], limit: 200 });
  for (const { id } of items) await w.jobs.cancel(w.system, { jobId: id });
  while ((await w.compute.list()).length > 0) await w.observe();
});

const codeOf = (deed: Promise<unknown>) =>
  deed.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
const pi = () => w.as('pi');

describe('the log of a job', () => {
  /** Stores pieces as a worker does. */
  async function printed(pieces: readonly string[]): Promise<string> {
    const jobId = await w.start();
    await database.db.transaction(async (tx) => {
      await appendLog(tx, await storedLog(tx, jobId), { jobId, at: new Date(), texts: pieces });
    });
    return jobId;
  }
  const numbered = (count: number, of = (index: number) => `line ${index}`) =>
    Array.from({ length: count }, (_, index) => `${of(index)}\n`);

  it('opens at its end, and goes on to its start and back without a gap or anything twice', async () => {
    const pieces = numbered(40, (index) => `${index} ${'x'.repeat(30_000)}`);
    const jobId = await printed(pieces);
    const end = await w.jobs.log(pi(), { jobId });
    expect(end).toMatchObject({ more: false, earlier: true, lines: 40 });
    expect(end.sizeBytes).toBe(pieces.join('').length);
    expect(end.chunks.length).toBeLessThan(pieces.length);
    expect(end.chunks.at(-1)).toMatchObject({ text: pieces.at(-1), endLine: 40, endByte: end.sizeBytes });
    let backwards = end;
    const texts = end.chunks.map(({ text }) => text);
    while (backwards.earlier) {
      backwards = await w.jobs.log(pi(), { jobId, beforeSeq: backwards.firstSeq });
      texts.unshift(...backwards.chunks.map(({ text }) => text));
    }
    expect(texts.join('')).toBe(pieces.join(''));
    let forwards = await w.jobs.log(pi(), { jobId, afterSeq: 0 });
    const again = forwards.chunks.map(({ text }) => text);
    while (forwards.more) {
      forwards = await w.jobs.log(pi(), { jobId, afterSeq: forwards.lastSeq });
      again.push(...forwards.chunks.map(({ text }) => text));
    }
    expect(again.join('')).toBe(pieces.join(''));
    const around = await w.jobs.log(pi(), { jobId, aroundSeq: 20 });
    expect(around).toMatchObject({ more: true, earlier: true });
    expect(around.chunks.map(({ seq }) => seq)).toContain(20);
    let whole = '';
    for await (const text of (await w.jobs.openLog(pi(), { jobId })).pieces) whole += text;
    expect(whole).toBe(pieces.join(''));
  });

  /** All hits, asked for until nothing is left. */
  async function found(jobId: string, text: string): Promise<LogHit[]> {
    const hits: LogHit[] = [];
    let from: LogSearchPlace | null = null;
    do {
      const page = await w.jobs.searchLog(pi(), { jobId, text, from });
      hits.push(...page.hits);
      from = page.next;
      if (from === null) expect(page.leftBytes).toBe(0);
    } while (from);
    return hits;
  }

  it('is searched from its end on, window after window, each line once', async () => {
    // About 20 MB: three windows. The needles stand at the start, at the end, and beside the borders of pieces.
    const filler = 'y'.repeat(59_990);
    const pieces = numbered(340, (index) => (index % 17 === 0 ? `needle ${index} ${filler}` : filler));
    const jobId = await printed([...pieces, 'half a nee', 'dle at the end']);
    const hits = await found(jobId, 'Needle');
    const lines = [340, ...Array.from({ length: 20 }, (_, index) => (19 - index) * 17)];
    expect(hits.map(({ line }) => line)).toEqual(lines);
    expect(hits[0]!.text).toBe('half a needle at the end');
    const at = await w.jobs.log(pi(), { jobId, aroundSeq: hits[5]!.seq });
    expect(at.chunks.find(({ seq }) => seq === hits[5]!.seq)?.text).toMatch(/^needle/);
    expect(await found(jobId, 'nobody')).toEqual([]);
  });

  it('tells of more hits than one answer holds, also within one piece, in their order', async () => {
    const jobId = await printed([numbered(450).join(''), numbered(100, (index) => `more ${index}`).join('')]);
    const hits = await found(jobId, 'line ');
    expect(hits.map(({ line }) => line)).toEqual(Array.from({ length: 450 }, (_, index) => 449 - index));
    expect(new Set(hits.map(({ text }) => text)).size).toBe(450);
  });

  it('begins anew with a new attempt, and a reader of the old one goes on with it', async () => {
    const jobId = await printed(['of the first attempt\n']);
    const { lastSeq } = await w.jobs.log(pi(), { jobId });
    await database.db.transaction((tx) => forgetStoredLog(tx, jobId, new Date()));
    await database.db.transaction(async (tx) =>
      appendLog(tx, await storedLog(tx, jobId), { jobId, at: new Date(), texts: ['second\n'] }),
    );
    const next = await w.jobs.log(pi(), { jobId, afterSeq: lastSeq });
    expect(next.chunks.map(({ text, endLine, endByte }) => [text, endLine, endByte])).toEqual([
      ['', 0, 0],
      ['second\n', 1, 7],
    ]);
    expect(next).toMatchObject({ sizeBytes: 7, lines: 1, more: false });
  });

  it('is nobody’s who does not see the job', async () => {
    const jobId = await printed(['a word\n']);
    const stranger = w.as('stranger');
    // Begun and awaited together: one that fails while another is waited for would be nobody's.
    const asked = [
      w.jobs.log(stranger, { jobId }),
      w.jobs.searchLog(stranger, { jobId, text: 'word' }),
      w.jobs.openLog(stranger, { jobId }),
    ];
    expect(await Promise.all(asked.map(codeOf))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    expect(await codeOf(w.jobs.searchLog(pi(), { jobId, text: '' }))).toBe('BAD_INPUT');
  });
});

describe('what a run leaves', () => {
  /** Looks as a worker does until the job has files; folders are not looked at all the time. */
  async function untilFiles(jobId: string) {
    for (;;) {
      await w.observe();
      const seen = await w.jobs.get(pi(), { jobId });
      if (seen.files.length > 0) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const results = () => createJobResultsService({ db: database.db, store: storage.store, jobs: w.jobs });

  it('is there while it goes on, and takes its place among the results when it has succeeded', async () => {
    const jobId = await w.start();
    await w.startWaiting();
    const before = await w.jobs.get(pi(), { jobId });
    expect(before.files).toEqual([]);
    w.compute.leave(`${jobId}-1`, 'report.html');
    const during = await untilFiles(jobId);
    expect(during.files).toMatchObject([
      { id: null, name: 'report.html', path: `${during.outputPath}/report.html`, canShow: true },
    ]);
    const shown = await results().show(pi(), { jobId, path: 'report.html' });
    expect(shown).toMatchObject({ isProvisional: true, contentType: 'text/html; charset=utf-8' });
    expect(Buffer.from(shown.bytes).toString()).toBe('report.html');
    expect(await codeOf(results().show(w.as('stranger'), { jobId, path: 'report.html' }))).toBe('NOT_FOUND');
    expect(await codeOf(results().show(pi(), { jobId, path: '../report.html' }))).toBe('NOT_FOUND');

    w.compute.end(`${jobId}-1`, 1000);
    await w.observe();
    const after = await w.jobs.get(pi(), { jobId });
    expect(after.state).toBe('succeeded');
    expect(after.files).toMatchObject([{ id: expect.any(String), changedAt: null, canShow: true }]);
    expect(await results().show(pi(), { jobId, path: 'report.html' })).toMatchObject({
      isProvisional: false,
    });
    expect(await database.db.select().from(jobProvisionalFile)).toEqual([]);
  });

  it('of a job that was cancelled or failed is gone, and not told of any more', async () => {
    const [cancelled, failed] = [await w.start(), await w.start()];
    await w.startWaiting();
    for (const jobId of [cancelled, failed]) w.compute.leave(`${jobId}-1`, 'map.png');
    for (const jobId of [cancelled, failed]) expect((await untilFiles(jobId)).files).toHaveLength(1);
    await w.jobs.cancel(pi(), { jobId: cancelled });
    w.compute.end(`${failed}-1`, 1000, 'exited', 1);
    while ((await w.compute.list()).length > 0) await w.observe();
    for (const jobId of [cancelled, failed]) {
      expect((await w.jobs.get(pi(), { jobId })).files).toEqual([]);
      expect(await codeOf(results().show(pi(), { jobId, path: 'map.png' }))).toBe('NOT_FOUND');
    }
    expect(await database.db.select().from(jobProvisionalFile)).toEqual([]);
  });
});

describe('a repetition', () => {
  it('knows the job that it repeats, which knows it', async () => {
    const first = await w.start();
    const { jobId: second } = await w.jobs.runTemplate(pi(), {
      ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId, templateSlug: PROBE_TEMPLATE.slug },
      ...{ parameters: { sleepMs: 5 }, parentJobId: first },
    });
    const [child, parent] = await Promise.all([second, first].map((jobId) => w.jobs.get(pi(), { jobId })));
    expect(child!.parent).toMatchObject({ id: first, parameters: { sleepMs: 0 }, templateName: 'Probe' });
    expect(child!.parameters).toMatchObject({ sleepMs: 5 });
    expect(parent!.repetitions).toMatchObject([{ id: second, state: 'queued' }]);
    expect(parent!.parent).toBeNull();
  });

  it('is of a job of the same experiment', async () => {
    const first = await w.start();
    const other = await w.activate('2026-02-01T00:00:00Z');
    const again = (parentJobId: string) =>
      w.jobs.runTemplate(pi(), {
        ...{ experimentId: other.id, templateSlug: PROBE_TEMPLATE.slug, datasetId: null, parentJobId },
      });
    expect(await codeOf(again(first))).toBe('NOT_FOUND');
    expect(await codeOf(again('00000000-0000-4000-8000-000000000000'))).toBe('NOT_FOUND');
  });
});

describe('what waits', () => {
  it('starts by priority, then by age, and says what is before it', async () => {
    const oneByOne = w.newRuns({ ...w.compute, capacity: 1 });
    const ids: Record<string, string> = {};
    const order = ['test', 'standard', 'beam-time', 'standard later', 'beam-time later'];
    for (const name of order) {
      ids[name] = await w.start();
      const priority = name.replace(' later', '') as 'test' | 'standard' | 'beam-time';
      await database.db.update(job).set({ priority }).where(eq(job.id, ids[name]!));
    }
    const before = async (name: string) => (await w.jobs.get(pi(), { jobId: ids[name]! })).queuedBefore;
    expect(await Promise.all(order.map(before))).toEqual([4, 2, 0, 3, 1]);
    const started: string[] = [];
    for (let turn = 0; turn < order.length; turn++) {
      await oneByOne.submitWaiting(w.system, { owner: 'worker-a' });
      const [runRef] = await w.compute.list();
      const jobId = runRef!.replace(/-1$/, '');
      started.push(Object.keys(ids).find((name) => ids[name] === jobId)!);
      w.compute.end(runRef!, 100);
      while ((await w.compute.list()).length > 0) await oneByOne.observeRuns(w.system, { owner: 'worker-a' });
    }
    expect(started).toEqual(['beam-time', 'beam-time later', 'standard', 'standard later', 'test']);
  });

  it('is beam time in an experiment that runs, and a test where it is one', async () => {
    const jobId = await w.start();
    expect((await w.rowOf(jobId)).priority).toBe('beam-time');
    const { jobId: tried } = await w.jobs.runTemplate(pi(), {
      ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId, templateSlug: PROBE_TEMPLATE.slug },
      isTest: true,
    });
    expect((await w.rowOf(tried)).priority).toBe('test');
  });
});

describe('a list', () => {
  it('is narrowed by who, template and sample, and offers what occurs', async () => {
    const [byPi, bySystem] = [await w.start(), await w.start()];
    await database.db.update(job).set({ startedBy: null }).where(eq(job.id, bySystem));
    const made = { id: w.system.newId(), experimentId: w.experiment.id, createdAt: new Date() };
    await database.db.insert(sample).values({ ...made, name: 'Crystal 7' });
    const [row] = await database.db.select().from(dataset).where(eq(dataset.id, w.dataset.datasetId));
    await database.db
      .update(acquisition)
      .set({ sampleId: made.id })
      .where(eq(acquisition.id, row!.acquisitionId!));
    const of = { experimentId: w.experiment.id };
    const ids = async (choice: object) =>
      (await w.jobs.list(pi(), { ...of, ...choice, limit: 50 })).items.map(({ id }) => id).sort();
    const both = [byPi, bySystem].sort();
    expect(await ids({})).toEqual(both);
    expect(await ids({ startedBy: w.people.pi })).toEqual([byPi]);
    expect(await ids({ templateSlug: PROBE_TEMPLATE.slug })).toEqual(both);
    expect(await ids({ templateSlug: 'none-such' })).toEqual([]);
    expect(await ids({ sampleId: made.id })).toEqual(both);
    expect(await ids({ sampleId: w.system.newId() })).toEqual([]);
    const offered = await w.jobs.filters(pi(), of);
    expect(offered.map(({ kind, id }) => [kind, id])).toEqual([
      ['person', w.people.pi],
      ['sample', made.id],
      ['template', PROBE_TEMPLATE.slug],
    ]);
    expect(await codeOf(w.jobs.filters(w.as('stranger'), of))).toBe('NOT_FOUND');
    expect((await w.jobs.filters(w.as('stranger'), {})).filter(({ id }) => id === made.id)).toEqual([]);
  });
});

describe('an offer', () => {
  it('estimates by runs of the same size where there are enough, and advises between sizes', async () => {
    await w.give(100 * 3600_000);
    const size = (name: string, cpus: number, priceMilli: number) =>
      w.profiles.create(w.system, {
        ...{ facilityId: w.facility.id, name, cpus, memoryBytes: 4 * 1024 ** 3, gpu: null, priceMilli },
      });
    const small = (await size('small', 1, 1000)).profileId;
    const large = (await size('large', 8, 8000)).profileId;
    const ran = async (profileId: string, wallMs: number) => {
      const jobId = await w.start({ profileId });
      await w.startWaiting();
      w.compute.end(`${jobId}-1`, wallMs);
      await w.observe();
    };
    for (const wallMs of [40_000, 42_000, 41_000]) await ran(small, wallMs);
    for (const wallMs of [12_000, 14_000]) await ran(large, wallMs);
    const offer = (profileId: string) =>
      w.jobs.offer(pi(), {
        ...{ experimentId: w.experiment.id, datasetId: w.dataset.datasetId, profileId },
        templateSlug: PROBE_TEMPLATE.slug,
      });
    expect(await offer(small)).toMatchObject({ pastRuns: 3, ofThisSize: true, wallMs: 53_000 });
    // Two of its size say too little: all sizes together do.
    expect(await offer(large)).toMatchObject({ pastRuns: 5, ofThisSize: false, wallMs: 53_000 });
    await ran(large, 13_000);
    const { advice, ...known } = await offer(large);
    expect(known).toMatchObject({ pastRuns: 3, ofThisSize: true, wallMs: 18_000 });
    expect(advice).toEqual([
      { profileId: small, runs: 3, wallMs: 41_000, cpuMs: 41_000 },
      { profileId: large, runs: 3, wallMs: 13_000, cpuMs: 104_000 },
    ]);
  });
});
