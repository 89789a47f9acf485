import type { DetectorStatus } from '../contracts/agent-api.ts';
import type { FolderSourceStatus, MachineStatus, PoisonedFile } from '../contracts/agent-control.ts';
import type { FrameFacts } from './frame-words.ts';
import type { LicenceState } from './licence-state.ts';
import type { UploadMode } from './states.ts';
import type { StorageLevel } from './storage-level.ts';

/** What somebody at the instrument should know now, because data are late, in danger or not coming. */
export const ALARM_CODES = [
  'agent-silent',
  'licence-missing',
  'licence-expires',
  'licence-expired',
  'licence-revoked',
  'uploads-not-on',
  'experiment-upload-off',
  'detector-silent',
  'detector-unheard',
  'detector-error',
  'dataset-incomplete',
  'promise-broken',
  'uploads-stuck',
  'disk-low',
  'buffer-short',
  'clock-off',
  'poisoned-files',
  'folder-not-watched',
  'storage-fills',
] as const;
export type AlarmCode = (typeof ALARM_CODES)[number];

/** Of the whole facility: seen at each of its instruments, told once to each person, acknowledged at all of them by one. */
export const FACILITY_ALARMS: ReadonlySet<AlarmCode> = new Set(['storage-fills']);

export interface Alarm {
  /** `error`: data are not arriving or may be lost; `warn`: they will be, when nobody looks. */
  level: 'warn' | 'error';
  code: AlarmCode;
  /** What is the matter, with its numbers. */
  sentence: string;
  /** What to do. */
  todo: string;
  /** Server's clock; null where it is not known since when. */
  since: Date | null;
  /** Null for what is of the instrument or the experiment. */
  agentId: string | null;
  /** Detector, watched folder or disk it is about. */
  source: string | null;
  /** How far it has come where it grows by steps, in percent of a quota: each further step is news. */
  step?: number;
}

/** One agent, all times on the server's clock (`onServerClock`). */
export interface AlarmAgent {
  id: string;
  kind: 'hub' | 'sync';
  name: string;
  lastSeenAt: Date | null;
  uploads: { mode: UploadMode; since: Date };
  licence: {
    state: LicenceState;
    expiresAt: Date;
    enrolledAt: Date | null;
    revokedAt: Date | null;
    revokedReason: string | null;
  } | null;
  /** As last told; null before the first heartbeat. */
  status: {
    clock: { offsetMs: number | null; roundTripMs: number | null };
    uploads: { mode: UploadMode; by: 'server' | 'site'; since: string } | null;
    machine: MachineStatus | null;
    buffer: { usedBytes: number; maxBytes: number };
    bufferLastsS: number | null;
    queue: { files: number; bytes: number };
    rates: { uploadedBytesPerS: number };
    lastError: { at: string; code: string; message: string } | null;
    folders: readonly FolderSourceStatus[];
    poisoned: readonly PoisonedFile[];
    poisonedTotal: number;
  } | null;
  detectors: readonly DetectorStatus[];
}

export interface AlarmFacts {
  now: Date;
  promiseMs: number;
  /** The newest files, newest first: when each was readable and how long after its last byte. */
  latencies: readonly { committedAt: Date; latencyMs: number }[];
  agents: readonly AlarmAgent[];
  /** The newest, newest first. */
  datasets: readonly (FrameFacts & { base: string; endedAt: Date | null })[];
  active: { code: string; upload: { enabled: boolean; since: Date } } | null;
  /** Of the facility; null where it is not asked for. */
  storage: StorageLevel | null;
}
