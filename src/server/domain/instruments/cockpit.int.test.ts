import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeartbeatRequest } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import {
  acquisition,
  agent,
  agentLicence,
  agentReport,
  dataset,
  file,
  person,
} from '../../db/schema/index.ts';
import { createSwitches } from '../agents/switches.service.ts';
import { createExperimentsService } from '../experiments/experiments.service.ts';
import { createMembersService } from '../experiments/members.service.ts';
import { createCockpitService } from './cockpit.service.ts';
import { createInstrumentsService } from './instruments.service.ts';

let database: TestDatabase;
const system = testContext();
const NOW = '2026-05-01T10:00:00.000Z';

beforeAll(async () => {
  database = await testDatabase();
  system.at(NOW);
});
afterAll(() => database?.drop());

const at = (secondsAgo: number) => new Date(Date.parse(NOW) - secondsAgo * 1000);

async function world() {
  const { db } = database;
  const experiments = createExperimentsService({ db });
  const instruments = createInstrumentsService({ db });
  const cockpit = createCockpitService({ db, members: createMembersService({ db }) });
  const facility = await instruments.ensureFacility(system, {
    code: 'CPT',
    name: 'Cockpit Facility',
    timeZone: 'Europe/Berlin',
  });
  const instrument = await instruments.create(system, {
    facilityId: facility.id,
    slug: 'mx-9',
    name: 'MX-9',
    description: '',
    promiseMs: 3000,
  });
  const people = {} as Record<'staff' | 'ann' | 'ben' | 'outsider', string>;
  for (const name of ['staff', 'ann', 'ben', 'outsider'] as const) {
    people[name] = system.newId();
    await db
      .insert(person)
      .values({ id: people[name], email: `${name}@example.org`, name, createdAt: at(0) });
  }
  await instruments.addStaff(system, {
    facilityId: facility.id,
    instrumentId: instrument.id,
    personId: people.staff,
  });
  const as = (name: keyof typeof people) => {
    const ctx = testContext(asPerson(people[name], name));
    ctx.at(NOW);
    return ctx;
  };
  const make = (title: string, pi: 'ann' | 'ben') =>
    experiments.create(as('staff'), {
      instrumentId: instrument.id,
      title,
      keywords: [],
      piEmail: `${pi}@example.org`,
      proprietary: true,
      externalIds: [],
    });
  const annExperiment = await make('Secret of Ann', 'ann');
  const benExperiment = await make('Secret of Ben', 'ben');

  const agentId = system.newId();
  const datasetOf = async (experimentId: string | null, base: string, stored: number, reason?: string) => {
    const acquisitionId = system.newId();
    await db.insert(acquisition).values({
      id: acquisitionId,
      instrumentId: instrument.id,
      experimentId,
      kind: 'rotation',
      parameters: {},
      startedAt: at(60),
    });
    const id = system.newId();
    await db.insert(dataset).values({
      id,
      acquisitionId,
      instrumentId: instrument.id,
      experimentId,
      unassignedReason: reason ?? null,
      agentId,
      seriesKey: system.newId(),
      detectorName: 'eiger',
      detectorSerialNumber: 'E-1',
      seriesUniqueId: id,
      base,
      state: 'receiving',
      framesExpected: 10,
      framesStored: stored,
      framesPerFile: 10,
      channels: [],
      geometry: { imageSizeXPx: 10, imageSizeYPx: 10 },
      startedAt: at(60),
      createdAt: at(60),
    });
    return id;
  };
  await db.insert(agent).values({
    id: agentId,
    instrumentId: instrument.id,
    kind: 'hub',
    name: 'HUB',
    tokenHash: 'x',
    createdAt: at(1000),
    lastSeenAt: at(3),
  });
  const fileOf = async (
    experimentId: string | null,
    datasetId: string,
    latencyMs: number,
    secondsAgo = 10,
  ) => {
    const id = system.newId();
    const committedAt = at(secondsAgo);
    await db.insert(file).values({
      id,
      instrumentId: instrument.id,
      experimentId,
      datasetId,
      agentId,
      kind: 'data',
      path: `raw/${id}.h5`,
      parent: 'raw',
      name: `${id}.h5`,
      storeKey: id,
      sizeBytes: 1000,
      sha256: 'x',
      sourceSettledAt: new Date(committedAt.getTime() - latencyMs),
      storedAt: committedAt,
      committedAt,
    });
  };
  const annData = await datasetOf(annExperiment.id, 'raw/ann_1', 4);
  const benData = await datasetOf(benExperiment.id, 'raw/ben_1', 7);
  const lost = await datasetOf(null, 'raw/nobody_1', 1, 'No experiment was active.');
  for (const ms of [100, 200, 300, 400]) await fileOf(annExperiment.id, annData, ms);
  await fileOf(benExperiment.id, benData, 9000, 8);
  await fileOf(null, lost, 300, 5);
  const series = { datasetId: benData, seriesKey: system.newId(), received: 7, expected: 10 };
  const status: Omit<HeartbeatRequest, 'reports'> = {
    sentAt: NOW,
    startedAt: NOW,
    version: '1',
    clock: { offsetMs: 1, roundTripMs: 2 },
    buffer: { usedBytes: 0, maxBytes: 100, dir: '/dev/shm' },
    queue: { files: 0, bytes: 0 },
    rates: { receivedBytesPerS: 0, uploadedBytesPerS: 0, framesPerS: 0 },
    detectors: [
      {
        name: 'eiger',
        protocol: 'stream-v2',
        mode: 'connect',
        endpoints: [],
        state: 'receiving',
        lastMessageAt: NOW,
        lastError: { at: NOW, code: 'wrong-size', message: 'image 3 of ben_1' },
        messages: 9,
        bytes: 9,
        frames: 9,
        problems: { 'wrong-size': 1 },
        series,
      },
    ],
    lastError: null,
    machine: {
      bufferDisk: { freeBytes: 50, totalBytes: 100 },
      stateDisk: { freeBytes: 1, totalBytes: 100 },
      memoryFreeBytes: 1,
      memoryTotalBytes: 2,
      processMemoryBytes: 1,
    },
    bufferLastsS: 7200,
    uploads: { mode: 'paused', by: 'server', since: NOW },
    held: [{ because: 'agent-paused', experimentCode: benExperiment.code, files: 2, bytes: 9, since: NOW }],
    folders: [
      {
        name: 'ben folder',
        path: '/data/ben',
        watch: 'not-there',
        fault: null,
        states: {},
        waitingBytes: 0,
        lastEventAt: null,
        lastScan: null,
      },
    ],
    poisoned: [
      {
        id: system.newId(),
        source: 'landing',
        path: 'ben_1.cbf',
        reason: 'permission denied',
        since: NOW,
        tries: 1,
        sizeBytes: null,
      },
    ],
    poisonedTotal: 1,
  };
  await db.update(agent).set({ status });
  await db.insert(agentLicence).values({
    id: system.newId(),
    agentId,
    folders: ['raw'],
    issuedAt: at(1000),
    issuedBy: people.staff,
    expiresAt: new Date(Date.parse(NOW) + 5 * 24 * 3600 * 1000),
    enrolmentHash: 'x',
    enrolledAt: at(900),
    enrolledHost: 'hub-of-ben',
  });
  await createSwitches({ db }).setUploads(as('staff'), { agentId, mode: 'paused', held: 'send' });
  for (const [secondsAgo, count] of [
    [50, 3],
    [20, 4],
  ] as const) {
    await db.insert(agentReport).values({
      id: system.newId(),
      agentId,
      at: at(secondsAgo),
      level: 'warn',
      code: 'wrong-size',
      message: `seen ${secondsAgo} s ago`,
      detector: 'eiger',
      count,
    });
  }
  await experiments.activate(as('staff'), { experimentId: benExperiment.id });
  return { cockpit, as, annExperiment, benExperiment, annData, benData, lost };
}

describe('the cockpit', () => {
  let w: Awaited<ReturnType<typeof world>>;
  beforeAll(async () => {
    w = await world();
  });

  it('shows staff everything: data of all, folded reports, the unassigned tray with its reason', async () => {
    const view = await w.cockpit.view(w.as('staff'), { slug: 'mx-9' });
    expect(view.scope).toBe('whole');
    expect(view.active?.experiment.code).toBe(w.benExperiment.code);
    expect(view.active?.members.map((member) => member.role)).toEqual(['owner']);
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
    expect(view.today).toMatchObject({ files: 6, bytes: 6000, datasets: 3, frames: 12 });
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
    expect(await newest('staff')).toEqual({ datasetId: w.lost, committedAt: at(5) });
    expect(await newest('ben')).toEqual({ datasetId: w.benData, committedAt: at(8) });
    expect(await newest('ann')).toEqual({ datasetId: w.annData, committedAt: at(10) });
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
