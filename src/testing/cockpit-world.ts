import {
  acquisition,
  agent,
  agentLicence,
  agentReport,
  dataset,
  file,
  person,
} from '#src/server/db/schema/index.ts';
import { createSwitches } from '#src/server/domain/agents/switches.service.ts';
import { createExperimentsService } from '#src/server/domain/experiments/experiments.service.ts';
import { createMembersService } from '#src/server/domain/experiments/members.service.ts';
import { createCockpitService } from '#src/server/domain/instruments/cockpit.service.ts';
import { createInstrumentsService } from '#src/server/domain/instruments/instruments.service.ts';
import type { HeartbeatRequest } from '#src/shared/contracts/agent-api.ts';
import { asPerson, testContext } from './test-context.ts';
import type { TestDatabase } from './test-database.ts';

export const NOW = '2026-05-01T10:00:00.000Z';

export const at = (secondsAgo: number) => new Date(Date.parse(NOW) - secondsAgo * 1000);

/**
 * An instrument at which the group of Ben measures with a HUB that has much to report, after the group of Ann, with data of both and of nobody; at
 * `NOW`, of one facility `CPT` per database.
 */
export async function cockpitWorld({ db }: Pick<TestDatabase, 'db'>) {
  const system = testContext();
  system.at(NOW);
  const experiments = createExperimentsService({ db });
  const instruments = createInstrumentsService({ db });
  const cockpit = createCockpitService({
    db,
    members: createMembersService({ db, webUrl: 'https://b.example.org' }),
  });
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
    datasetId: string | null,
    latencyMs: number,
    secondsAgo = 10,
    kind: 'data' | 'result' = 'data',
  ) => {
    const id = system.newId();
    const committedAt = at(secondsAgo);
    await db.insert(file).values({
      id,
      instrumentId: instrument.id,
      experimentId,
      datasetId,
      agentId,
      kind,
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
  return { db, cockpit, as, instrument, fileOf, annExperiment, benExperiment, annData, benData, lost };
}
