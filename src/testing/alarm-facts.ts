import type { DetectorStatus } from '#src/shared/contracts/agent-api.ts';
import type { FolderSourceStatus, MachineStatus, PoisonedFile } from '#src/shared/contracts/agent-control.ts';
import type { AlarmAgent, AlarmFacts } from '#src/shared/model/alarm.ts';

/* An instrument at which all is well, and ways to make it worse: for tests of alarms. */

const NOW = new Date('2026-11-21T12:00:00Z');
export const ago = (s: number) => new Date(NOW.getTime() - s * 1000);
export const inDays = (days: number) => new Date(NOW.getTime() + days * 24 * 3600 * 1000);

export const LICENCE = {
  state: 'valid',
  expiresAt: inDays(200),
  enrolledAt: ago(86_400),
  revokedAt: null,
  revokedReason: null,
} as const;
export const STATUS: NonNullable<AlarmAgent['status']> = {
  clock: { offsetMs: 0, roundTripMs: 4 },
  uploads: { mode: 'on', by: 'server', since: ago(3600).toISOString() },
  machine: null,
  buffer: { usedBytes: 0, maxBytes: 100 },
  bufferLastsS: null,
  folders: [],
  poisoned: [],
  poisonedTotal: 0,
  queue: { files: 0, bytes: 0 },
  rates: { uploadedBytesPerS: 0 },
  lastError: null,
};
export const agentWith = (changes: Partial<AlarmAgent> = {}): AlarmAgent => ({
  id: 'a',
  kind: 'hub',
  name: 'HUB',
  lastSeenAt: ago(2),
  uploads: { mode: 'on', since: ago(7200) },
  licence: LICENCE,
  status: STATUS,
  detectors: [],
  ...changes,
});
export const toldBy = (changes: Partial<typeof STATUS>) => agentWith({ status: { ...STATUS, ...changes } });
export const facts = (changes: Partial<AlarmFacts> = {}): AlarmFacts => ({
  now: NOW,
  promiseMs: 3000,
  latencies: [],
  agents: [agentWith()],
  datasets: [],
  active: { code: 'DEM26-7K2QF', upload: { enabled: true, since: ago(9999) } },
  storage: null,
  ...changes,
});

export const detector = (changes: Partial<DetectorStatus>): DetectorStatus => ({
  name: 'eiger',
  protocol: 'stream-v2',
  mode: 'connect',
  endpoints: [],
  state: 'connected',
  lastMessageAt: ago(1).toISOString(),
  lastError: null,
  messages: 1,
  bytes: 1,
  frames: 1,
  problems: {},
  series: null,
  ...changes,
});
export const SERIES = { datasetId: null, seriesKey: 'k', received: 7, expected: 100 };
export const machine = (bufferFree: number, stateFree: number): MachineStatus => ({
  bufferDisk: { freeBytes: bufferFree, totalBytes: 100e9 },
  stateDisk: { freeBytes: stateFree, totalBytes: 100e9 },
  memoryFreeBytes: 1,
  memoryTotalBytes: 1,
  processMemoryBytes: 1,
});
export const folder = (changes: Partial<FolderSourceStatus>): FolderSourceStatus => ({
  name: 'landing',
  path: '/data/landing',
  watch: 'events',
  fault: null,
  states: {},
  waitingBytes: 0,
  lastEventAt: null,
  lastScan: null,
  ...changes,
});
export const poisonedSince = (s: number): PoisonedFile => ({
  id: 'p',
  source: 'landing',
  path: 'x',
  reason: 'permission denied',
  since: ago(s).toISOString(),
  tries: 3,
  sizeBytes: null,
});
