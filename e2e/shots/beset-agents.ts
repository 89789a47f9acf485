import { randomUUID } from 'node:crypto';
import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import type { DetectorStatus, HeartbeatRequest } from '#src/shared/contracts/agent-api.ts';
import type { FolderSourceStatus } from '#src/shared/contracts/agent-control.ts';
import type { UploadMode } from '#src/shared/model/states.ts';
import { heartbeatOf } from '#src/testing/heartbeat.ts';
import type { Places } from './places.ts';
import type { Shot } from './shot.ts';
import { enrolAgent } from './told-agent.ts';

/** A HUB and a SYNC that tell what theirs tell when something is wrong, for as long as a picture is taken. */

type Told = Partial<HeartbeatRequest>;
type Kind = 'hub' | 'sync';

/** What is wrong. Agents of which nothing is said are well. */
export interface Trouble {
  hub?: Told;
  sync?: Told;
  /** How staff have switched both. */
  mode?: UploadMode;
  /** Why staff have revoked the licence of the HUB. */
  revoked?: string;
  /** A code that stands among the alarms when the picture can be taken. */
  alarm?: string;
}

const BEAT_MS = 2000;
const SHOWN_WITHIN_MS = 60_000;
const STARTED_S = 9 * 3600;

const ago = (s: number): string => new Date(Date.now() - s * 1000).toISOString();

const detector = (changes: Partial<DetectorStatus> = {}): DetectorStatus => ({
  ...{ name: 'eiger', protocol: 'stream-v2', mode: 'connect', endpoints: ['tcp://10.1.4.7:31001'] },
  ...{ state: 'connected', lastMessageAt: ago(40), lastError: null },
  ...{ messages: 86_412, bytes: 412e9, frames: 86_400, problems: {}, series: null },
  ...changes,
});

const MACHINE = {
  bufferDisk: { freeBytes: 61e9, totalBytes: 64e9 },
  stateDisk: { freeBytes: 310e9, totalBytes: 480e9 },
  ...{ memoryFreeBytes: 118e9, memoryTotalBytes: 128e9, processMemoryBytes: 240e6 },
};

const folder = (name: string, changes: Partial<FolderSourceStatus> = {}): FolderSourceStatus => ({
  ...{ name, path: `/data/mx5/${name}`, watch: 'events', fault: null, states: { confirmed: 4211 } },
  ...{ waitingBytes: 0, lastEventAt: ago(12), lastScan: { at: ago(190), tookMs: 840, entries: 5120 } },
  ...changes,
});

const quiet = (kind: Kind): Told =>
  kind === 'hub'
    ? {
        buffer: { usedBytes: 0, maxBytes: 64e9, dir: '/dev/shm/beamdeck' },
        ...{ detectors: [detector()], machine: MACHINE },
      }
    : {
        buffer: { usedBytes: 0, maxBytes: 0, dir: '' },
        ...{ machine: MACHINE, folders: [folder('raw'), folder('processed', { states: { confirmed: 88 } })] },
      };

const POISONED: [path: string, reason: string, tries: number, sizeBytes: number | null][] = [
  ['thermo_07/thermo_07_00412.cbf', 'this account may not read it (EACCES)', 14, 6_214_812],
  ['thermo_07/thermo_07_00413.cbf', 'this account may not read it (EACCES)', 14, 6_214_790],
  [
    'current -> /scratch/mx5/tonight',
    'it is a link that leads out of the folder, and is not followed',
    1,
    null,
  ],
  ['thermo_08/thermo_08_data_000003.h5', 'its disk does not give it out (EIO)', 9, 2_104_110_592],
  ['notes/crystal\\xE9.txt', 'this account may not read it (EPERM)', 3, 912],
  ['control.fifo', 'it is a named pipe, not a file', 1, null],
];

const poisoned = (): Told => ({
  poisoned: POISONED.map(([path, reason, tries, sizeBytes], n) => ({
    ...{ id: randomUUID(), source: 'raw', path, reason, tries, sizeBytes },
    since: ago(3 * 3600 - n * 900),
  })),
  poisonedTotal: POISONED.length,
});

/** An open series of which nothing comes any more. */
export const nothingSeen = (): Trouble => ({
  hub: {
    detectors: [
      detector({
        ...{ state: 'receiving', lastMessageAt: ago(260) },
        series: { datasetId: null, seriesKey: randomUUID(), received: 712, expected: 3600 },
      }),
    ],
  },
  alarm: 'detector-silent',
});

/** A store that takes nothing, a buffer and a disk that fill. */
export const runningFull = (): Trouble => ({
  hub: {
    buffer: { usedBytes: 46e9, maxBytes: 64e9, dir: '/dev/shm/beamdeck' },
    queue: { files: 212, bytes: 45.6e9 },
    rates: { receivedBytesPerS: 78e6, uploadedBytesPerS: 0, framesPerS: 100 },
    ...{ bufferLastsS: 230, machine: { ...MACHINE, stateDisk: { freeBytes: 9.1e9, totalBytes: 480e9 } } },
    lastError: {
      ...{ at: ago(3), code: 'store-full' },
      message: 'The store has no space left; data are kept and wait.',
    },
    detectors: [detector({ state: 'receiving', lastMessageAt: ago(0) })],
  },
  alarm: 'uploads-stuck',
});

export const clockOff = (): Trouble => ({
  hub: { clock: { offsetMs: -64_300, roundTripMs: 12 } },
  alarm: 'clock-off',
});

/** Files that need a person, and a folder that is gone. */
export const filesStuck = (): Trouble => ({
  sync: {
    ...poisoned(),
    folders: [
      folder('raw', { states: { confirmed: 4211, uploading: 2, poisoned: POISONED.length } }),
      folder('processed', {
        ...{ watch: 'not-there', states: { confirmed: 88 } },
        fault:
          '/data/mx5/processed: it is not there; nothing in it counts as deleted, and watching begins when it is back',
      }),
    ],
  },
  alarm: 'poisoned-files',
});

export const heldWhileOff = (): Trouble => ({
  mode: 'off',
  hub: {
    queue: { files: 37, bytes: 8.2e9 },
    held: [{ because: 'agent-off', experimentCode: null, files: 37, bytes: 8.2e9, since: ago(1500) }],
  },
  sync: {
    queue: { files: 412, bytes: 2.6e9 },
    held: [{ because: 'agent-off', experimentCode: null, files: 412, bytes: 2.6e9, since: ago(1380) }],
    folders: [folder('raw', { states: { confirmed: 4211, held: 412 }, waitingBytes: 2.6e9 })],
  },
  alarm: 'uploads-not-on',
});

export const licenceRevoked = (): Trouble => ({
  hub: { queue: { files: 12, bytes: 1.9e9 } },
  revoked: 'The machine was taken to the detector group for repair',
  alarm: 'licence-revoked',
});

/** A bad night: everything at once. */
export const everything = (): Trouble => {
  const { hub: full } = runningFull();
  return {
    hub: { ...full, detectors: nothingSeen().hub!.detectors!, ...clockOff().hub },
    sync: filesStuck().sync!,
    alarm: 'poisoned-files',
  };
};

/** The agent of that kind, with a fresh licence so that it can be spoken for. */
async function agentOf(staff: FacilityApi, { besetId: instrumentId, installation }: Places, kind: Kind) {
  const name = kind.toUpperCase();
  const expiresAt = new Date(Date.now() + 365 * 24 * 3600 * 1000);
  const terms = { folders: ['raw' as const, 'processed' as const], expiresAt };
  const there = (await staff.agents.list.query({ instrumentId })).find((each) => each.name === name);
  const { text, agentId } = there
    ? { ...(await staff.agents.issueLicence.mutate({ agentId: there.id, ...terms })), agentId: there.id }
    : await staff.agents.create.mutate({ instrumentId, kind, name, ...terms });
  return { agentId, told: await enrolAgent(installation.web, text, `mx-5-${kind}`) };
}

/** Has both agents tell of a trouble until it stands in the cockpit, and on until the pictures are taken. */
export const besetBy =
  (makeTrouble: () => Trouble): NonNullable<Shot['meanwhile']> =>
  async (places) => {
    const trouble = makeTrouble();
    const staff = await places.installation.api('staff');
    const { besetId: instrumentId } = places;
    const mode = trouble.mode ?? 'on';
    const kinds: readonly Kind[] = ['hub', 'sync'];
    const agents = await Promise.all(
      kinds.map(async (kind) => ({ kind, ...(await agentOf(staff, places, kind)) })),
    );
    const startedAt = ago(STARTED_S);
    const uploads = { mode, by: 'server' as const, since: ago(1500) };
    const beat = () =>
      Promise.all(
        agents.map(({ kind, told }) =>
          told.heartbeat(heartbeatOf({ startedAt, uploads, ...quiet(kind), ...trouble[kind] })),
        ),
      );
    await beat();
    for (const { agentId } of agents) await staff.agents.setUploads.mutate({ agentId, mode, held: 'send' });
    const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
    const [hub] = agents;
    const { revoked, alarm } = trouble;
    if (revoked) await staff.agents.revokeLicence.mutate({ agentId: hub!.agentId, reason: revoked });
    await eventually(`the alarm ${alarm}`, SHOWN_WITHIN_MS, async () => {
      const { standing } = await staff.alarms.list.query({ instrumentId });
      return !alarm || standing.some(({ code }) => code === alarm) ? true : null;
    });
    return async () => {
      clearInterval(timer);
      if (revoked) await staff.agents.restoreLicence.mutate({ agentId: hub!.agentId });
      for (const { agentId } of agents)
        await staff.agents.setUploads.mutate({ agentId, mode: 'on', held: 'send' });
    };
  };

const HELD_BACK_MS = 20_000;

/** Data that were held back count from when they were measured: the promise of the instrument that measures is broken. */
export const promiseBroken: NonNullable<Shot['meanwhile']> = async ({ installation }) => {
  const staff = await installation.api('staff');
  const instrumentId = installation.instrument.id;
  const agents = (await staff.agents.list.query({ instrumentId })).filter(({ kind }) => kind === 'hub');
  const set = async (mode: UploadMode) => {
    for (const { id } of agents) await staff.agents.setUploads.mutate({ agentId: id, mode, held: 'send' });
  };
  const isBroken = async () => {
    const { standing } = await staff.alarms.list.query({ instrumentId });
    return standing.some(({ code }) => code === 'promise-broken') ? true : null;
  };
  if (!(await isBroken())) {
    await set('paused');
    await new Promise((resolve) => setTimeout(resolve, HELD_BACK_MS));
    await set('on');
    await eventually('a broken promise', SHOWN_WITHIN_MS, isBroken);
  }
  return async () => undefined;
};
