import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExperimentsService } from '#src/server/domain/experiments/experiments.service.ts';
import { createMembersService } from '#src/server/domain/experiments/members.service.ts';
import { createInstrumentsService } from '#src/server/domain/instruments/instruments.service.ts';
import { createJobsService } from '#src/server/domain/jobs/jobs.service.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { asPerson, testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { agent, agentReport, experiment, file, job, person } from '../../db/schema/index.ts';
import { type CockpitService, createCockpitService } from './cockpit.service.ts';

/**
 * Two groups at one instrument, each with a word of its own in everything it can write. Whatever the cockpit tells one of them, and whatever it tells a
 * screen on a wall, must not hold the other's.
 */

const system = testContext();
const WEB_URL = 'https://b.example.org';
/** Too long ago to be told of as arriving; still the newest. */
const FILES_CAME = new Date(Date.now() - 3600_000);
let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let cockpit: CockpitService;
let groups: Record<'corvus' | 'ibis', Awaited<ReturnType<typeof group>>>;

/** A word that stands in the code of nothing else. */
const canaryOf = (name: string) => `canary-${name}`;

async function addPerson(name: string) {
  const id = system.newId();
  const email = `${name}@${canaryOf(name)}.example.org`;
  await w.db.insert(person).values({ id, email, name: `${canaryOf(name)} Person`, createdAt: system.now() });
  return { id, email };
}

/** A group with an experiment in every state, one of them measuring; its word in titles, samples, datasets, jobs and reports. */
async function group(name: 'corvus' | 'ibis') {
  const canary = canaryOf(name);
  const pi = await addPerson(name);
  const experiments = createExperimentsService({ db: w.db });
  const staff = w.as('staff');
  staff.at(LONG_AGO);
  const make = (what: string) =>
    experiments.create(staff, {
      ...{ instrumentId: w.instrument.id, title: `${canary} ${what}`, keywords: [canary] },
      ...{ piEmail: pi.email, proprietary: true, externalIds: [] },
    });
  const finished = await make('finished');
  await experiments.activate(staff, { experimentId: finished.id });
  const planned = await make('planned');
  const measuring = await make('measuring');
  staff.at(new Date(Date.now() - 3600_000).toISOString());
  await experiments.activate(staff, { experimentId: measuring.id });
  await experiments.finish(staff, { experimentId: finished.id });

  const { datasetId } = await w.ingest.openSeries(
    w.agentContext,
    w.series({
      prefix: `${canary}/run_1`,
      sampleName: `${canary}-sample`,
      detectorSerialNumber: `S-${name.length}`,
    }),
  );
  const jobs = createJobsService({ db: w.db });
  const { jobId } = await jobs.runTemplate(system, {
    ...{ experimentId: measuring.id, datasetId, templateSlug: 'fast-feedback' },
  });
  await w.db
    .update(job)
    .set({ state: 'running', progressText: `${canary} frame 3`, startedAt: new Date() })
    .where(eq(job.id, jobId));
  await w.db.insert(agentReport).values({
    ...{ id: system.newId(), agentId: w.agentId, at: new Date(), level: 'warn', code: 'gap' },
    ...{ message: `frames of ${canary}/run_1 are missing`, detector: 'eiger', count: 1 },
  });
  const fileId = system.newId();
  await w.db.insert(file).values({
    ...{ id: fileId, instrumentId: w.instrument.id, experimentId: measuring.id, agentId: w.agentId },
    ...{ kind: 'other', path: `raw/${canary}/notes.txt`, parent: `raw/${canary}`, name: 'notes.txt' },
    ...{ storeKey: fileId, sizeBytes: 7, sha256: 'x', storedAt: FILES_CAME, committedAt: FILES_CAME },
  });
  return { canary, pi, finished, planned, measuring, datasetId, jobId, fileId };
}

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  await createJobsService({ db: w.db }).ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
  cockpit = createCockpitService({
    db: w.db,
    members: createMembersService({ db: w.db, webUrl: WEB_URL }),
  });
  // One after the other: the second group's beam time ends that of the first.
  groups = { corvus: await group('corvus'), ibis: await group('ibis') };
  // What an agent tells of its files and errors holds names of whoever measures.
  const { canary, measuring } = groups.ibis;
  const now = new Date().toISOString();
  const fault = { at: now, code: 'write-failed', message: `cannot write ${canary}.h5` };
  const status = sql`${JSON.stringify({
    ...{ sentAt: now, startedAt: now, version: '1', clock: { offsetMs: 1, roundTripMs: 2 } },
    ...{ buffer: { usedBytes: 0, maxBytes: 9, dir: '/dev/shm' }, queue: { files: 1, bytes: 9 } },
    ...{ rates: { receivedBytesPerS: 7, uploadedBytesPerS: 5, framesPerS: 1 }, lastError: fault },
    held: [{ because: 'agent-paused', experimentCode: measuring.code, files: 1, bytes: 9, since: now }],
    folders: [
      {
        ...{ name: `${canary} folder`, path: `/data/${canary}`, watch: 'not-there', fault: null },
        ...{ states: {}, waitingBytes: 0, lastEventAt: null, lastScan: null },
      },
    ],
    poisoned: [
      {
        ...{ id: system.newId(), source: 'landing', path: `${canary}.cbf`, reason: 'denied' },
        ...{ since: now, tries: 1, sizeBytes: null },
      },
    ],
    poisonedTotal: 1,
    detectors: [
      {
        ...{ name: 'eiger', protocol: 'stream-v2', mode: 'connect', endpoints: [], state: 'receiving' },
        ...{ lastMessageAt: now, lastError: fault, messages: 1, bytes: 1, frames: 1, problems: {} },
        series: { datasetId: groups.ibis.datasetId, seriesKey: system.newId(), received: 1, expected: 20 },
      },
    ],
  })}::jsonb`;
  await w.db.update(agent).set({ lastSeenAt: new Date(), status }).where(eq(agent.id, w.agentId));
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const slug = () => ({ slug: w.instrument.slug });
const asPi = (name: 'corvus' | 'ibis') => testContext(asPerson(groups[name].pi.id));
const told = async (name: 'corvus' | 'ibis') => ({
  view: await cockpit.view(asPi(name), slug()),
  surroundings: await cockpit.surroundings(asPi(name), slug()),
});
/** Everything by which one could be told from another. */
const secretsOf = ({
  canary,
  finished,
  planned,
  measuring,
  datasetId,
  jobId,
  fileId,
}: (typeof groups)['ibis']) => [
  ...[canary, datasetId, jobId, fileId],
  ...[finished, planned, measuring].flatMap(({ id, code }) => [id, code]),
];

describe('two groups at one instrument', () => {
  it('are each told all of their own, and of the other how much there is', async () => {
    const { view, surroundings } = await told('corvus');
    expect(view).toMatchObject({ scope: 'own', active: null, alarms: [], reports: [] });
    expect(view.last).toMatchObject({ id: groups.corvus.measuring.id });
    expect(view.others).toEqual({
      ...{ isActive: true, receiving: 1, files: 0, compute: { running: 1, cpus: 1, waiting: 0 } },
    });
    expect(view.arriving.map(({ id }) => id)).toEqual([groups.corvus.datasetId]);
    expect(view.jobs.map(({ id }) => id)).toEqual([groups.corvus.jobId]);
    expect(view.compute).toEqual({ running: 1, cpus: 1, waiting: 0 });
    const { upcoming, running, processing } = surroundings.experiments;
    expect(upcoming).toMatchObject({ total: 1, items: [{ id: groups.corvus.planned.id }] });
    expect(running).toMatchObject({ total: 1, items: [{ id: groups.corvus.measuring.id }] });
    expect(processing).toMatchObject({ total: 1, items: [{ id: groups.corvus.finished.id }] });
    expect(surroundings.allowance).toBeNull();

    const ibis = await told('ibis');
    expect(ibis.view.active?.experiment.id).toBe(groups.ibis.measuring.id);
    expect(ibis.view.others).toMatchObject({ isActive: false, receiving: 1 });
    expect(ibis.surroundings.experiments.running.total).toBe(0);
  });

  it('are each told their own files without a dataset, and how many others came in the last minute', async () => {
    for (const [me, other] of [
      ['corvus', 'ibis'],
      ['ibis', 'corvus'],
    ] as const) {
      const ctx = asPi(me);
      ctx.at(new Date(FILES_CAME.getTime() + 30_000).toISOString());
      const { arrivingFiles, others } = await cockpit.view(ctx, slug());
      const { fileId, measuring } = groups[me];
      expect(arrivingFiles).toMatchObject([{ id: fileId, experimentCode: measuring.code, sizeBytes: 7 }]);
      expect(others.files).toBe(1);
      expect(JSON.stringify(arrivingFiles)).not.toContain(groups[other].canary);
    }
  });

  it('never hear the word, a code or an id of the other', async () => {
    for (const [me, other] of [
      ['corvus', 'ibis'],
      ['ibis', 'corvus'],
    ] as const) {
      const text = JSON.stringify(await told(me));
      expect(text).toContain(groups[me].canary);
      for (const secret of secretsOf(groups[other]))
        expect(text, `${me} hears ${secret}`).not.toContain(secret);
    }
  });

  it('are both whole for staff, until their sight of one has lapsed: then nothing of it is left', async () => {
    const staff = w.as('staff');
    const whole = async () =>
      JSON.stringify([await cockpit.view(staff, slug()), await cockpit.surroundings(staff, slug())]);
    const before = await whole();
    for (const { canary } of Object.values(groups)) expect(before).toContain(canary);
    const seen = await cockpit.view(staff, slug());
    expect(seen.others).toMatchObject({ isActive: false, receiving: 0, files: 0 });
    expect(seen.arrivingFiles.map(({ id }) => id).sort()).toEqual(
      [groups.corvus.fileId, groups.ibis.fileId].sort(),
    );

    const { finished, measuring } = groups.corvus;
    const longAgo = new Date(Date.now() - 400 * 24 * 3600_000);
    for (const { id } of [finished, measuring]) {
      await w.db
        .update(experiment)
        .set({ state: 'processing', finishedAt: longAgo, processingUntil: longAgo })
        .where(eq(experiment.id, id));
    }
    const after = await cockpit.view(staff, slug());
    expect(after.arriving.map(({ id }) => id)).toEqual([groups.ibis.datasetId]);
    expect(after.arrivingFiles.map(({ id }) => id)).toEqual([groups.ibis.fileId]);
    expect(after.jobs.map(({ id }) => id)).toEqual([groups.ibis.jobId]);
    const { processing, upcoming } = (await cockpit.surroundings(staff, slug())).experiments;
    expect(processing.items.map(({ id }) => id)).toEqual([groups.ibis.finished.id]);
    expect(upcoming.total).toBe(2);
  });

  it('stand on the wall as counts alone; an experiment that is not proprietary by its name', async () => {
    const { key } = await cockpit.makeDisplayLink(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, name: 'Control room' },
    });
    const anonymous = testContext({ kind: 'anonymous' });
    const wall = () => cockpit.wall(anonymous, { ...slug(), key });
    const shown = await wall();
    expect(shown).toMatchObject({ active: { named: null }, arriving: [{ framesExpected: 20 }] });
    expect(shown.alarms.map(({ code }) => code)).toContain('poisoned-files');
    const text = JSON.stringify(shown);
    for (const one of Object.values(groups)) {
      for (const secret of secretsOf(one)) {
        // The ids of datasets tell bars apart and open nothing.
        if (secret !== one.datasetId) expect(text).not.toContain(secret);
      }
      expect(text).not.toContain(one.pi.email);
    }

    const { id, code } = groups.ibis.measuring;
    await w.db.update(experiment).set({ proprietary: false, title: 'Open day' }).where(eq(experiment.id, id));
    expect((await wall()).active?.named).toEqual({ code, title: 'Open day' });
    expect(JSON.stringify(await wall())).not.toContain(groups.ibis.canary);
  });
});

it('an instrument at which nothing ever happened has an empty cockpit and an empty wall', async () => {
  const instruments = createInstrumentsService({ db: w.db });
  const { id: instrumentId } = await instruments.create(system, {
    ...{ facilityId: w.facility.id, slug: 'empty', name: 'Empty', description: '', promiseMs: 3000 },
  });
  const staff = { facilityId: w.facility.id, instrumentId, personId: w.people.staff };
  await instruments.addStaff(system, staff);
  const empty = { slug: 'empty' };
  expect(await cockpit.view(w.as('staff'), empty)).toMatchObject({
    ...{
      active: null,
      last: null,
      arriving: [],
      arrivingFiles: [],
      jobs: [],
      newestFrame: null,
      triggers: [],
    },
    compute: { running: 0, cpus: 0, waiting: 0 },
  });
  expect(await cockpit.surroundings(w.as('staff'), empty)).toMatchObject({
    ...{ detectors: [], today: { files: 0, bytes: 0 }, allowance: { licences: [] } },
    experiments: { upcoming: { total: 0 }, running: { total: 0 }, processing: { total: 0 } },
  });
  expect(await cockpit.wall(w.as('staff'), { ...empty, key: null })).toMatchObject({
    ...{ active: null, arriving: [], agents: [], alarms: [] },
  });
});
