import { statfsSync } from 'node:fs';
import os from 'node:os';
import type { z } from 'zod';
import type { DetectorStatus, heartbeatRequestSchema } from '#src/shared/contracts/agent-api.ts';
import type {
  FolderSourceStatus,
  HeldData,
  MachineStatus,
  PoisonedFile,
} from '#src/shared/contracts/agent-control.ts';
import { type BufferPlace, roomIn } from './buffer-room.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { ControlGate } from './control-gate.ts';
import { joinHeld } from './held-data.ts';
import type { NeededDisks } from './needed-disks.ts';
import type { ReportLog } from './report-log.ts';
import type { SpoolBudget } from './spool.ts';

type WholeHeartbeat = z.infer<typeof heartbeatRequestSchema>;
/** What the agent does now, as the server, the command line and the page on site are told. */
export type AgentStatus = Omit<WholeHeartbeat, 'sentAt' | 'reports' | 'siteSwitches' | 'commandOutcomes'>;

/** A part of the agent that brings files: streams, watched folders. */
export interface StatusSource {
  queue(): { files: number; bytes: number };
  held(): HeldData[];
  /** Since the start, of what goes through no buffer. */
  receivedBytes?(): number;
  folders?(): FolderSourceStatus[];
  /** The oldest hundred, and how many there are. */
  poisoned?(): { first: PoisonedFile[]; total: number };
}

export interface StatusDeps {
  version: string;
  spoolDir: string;
  stateDir: string;
  /** Nothing at all where files are their own buffer. */
  budget: Pick<SpoolBudget, 'usedBytes' | 'maxBytes'>;
  /** The folders of the buffer; none where files are their own. */
  bufferPlaces: () => readonly BufferPlace[];
  disks: NeededDisks;
  clock: ClockOffset;
  reports: ReportLog;
  gate: Pick<ControlGate, 'uploads' | 'current'>;
  now: () => number;
  uploadedBytes: () => number;
  sending: () => NonNullable<AgentStatus['sending']>;
  detectors: () => DetectorStatus[];
  sources: readonly StatusSource[];
}

interface Sample {
  atMs: number;
  /** Into the buffer. */
  received: number;
  /** Without it. */
  seen: number;
  uploaded: number;
  frames: number;
}

const LASTS_OVER_MS = 60_000;
const MAX_POISONED = 100;

/** Puts together what the agent does. Rates are of the time between the last two samples. */
export class StatusBoard {
  private readonly deps: StatusDeps;
  private readonly startedAt: string;
  private samples: Sample[] = [];

  constructor(deps: StatusDeps) {
    this.deps = deps;
    this.startedAt = new Date(deps.now()).toISOString();
  }

  /** Once per heartbeat. */
  sample(): void {
    void this.deps.disks.measure();
    const detectors = this.deps.detectors();
    const sum = (pick: (detector: DetectorStatus) => number) =>
      detectors.reduce((total, one) => total + pick(one), 0);
    const atMs = performance.now();
    this.samples = this.samples.filter((sample) => atMs - sample.atMs <= LASTS_OVER_MS);
    this.samples.push({
      atMs,
      received: sum(({ bytes }) => bytes),
      seen: this.deps.sources.reduce((total, source) => total + (source.receivedBytes?.() ?? 0), 0),
      uploaded: this.deps.uploadedBytes(),
      frames: sum(({ frames }) => frames),
    });
  }

  now(): AgentStatus {
    const { deps } = this;
    const { sources, budget } = deps;
    const error = deps.reports.lastError;
    const queues = sources.map((source) => source.queue());
    const poisoned = sources.map((source) => source.poisoned?.() ?? { first: [], total: 0 });
    return {
      startedAt: this.startedAt,
      version: deps.version,
      clock: deps.clock.state(),
      buffer: { usedBytes: budget.usedBytes, maxBytes: budget.maxBytes, dir: deps.spoolDir },
      queue: {
        files: queues.reduce((sum, { files }) => sum + files, 0),
        bytes: queues.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      rates: this.rates(),
      detectors: deps.detectors(),
      lastError: error && { at: error.at, code: error.code, message: error.message },
      machine: this.machine(),
      bufferLastsS: this.bufferLastsS(),
      sending: deps.sending(),
      uploads: deps.gate.uploads(),
      controlRevision: deps.gate.current?.revision ?? null,
      held: joinHeld(sources.map((source) => source.held())),
      folders: sources.flatMap((source) => source.folders?.() ?? []),
      poisoned: poisoned.flatMap(({ first }) => first).slice(0, MAX_POISONED),
      poisonedTotal: poisoned.reduce((sum, { total }) => sum + total, 0),
    };
  }

  private rates(): AgentStatus['rates'] {
    const [before, now] = this.samples.slice(-2);
    if (!before || !now) return { receivedBytesPerS: 0, uploadedBytesPerS: 0, framesPerS: 0 };
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
    return {
      // A folder that is watched anew counts from zero.
      receivedBytesPerS: (now.received - before.received + Math.max(0, now.seen - before.seen)) / seconds,
      uploadedBytesPerS: (now.uploaded - before.uploaded) / seconds,
      framesPerS: (now.frames - before.frames) / seconds,
    };
  }

  /** What the buffer can really take, at the rate of the last minute and without any upload; null when nothing comes in. */
  private bufferLastsS(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.received <= first.received) return null;
    const bytesPerMs = (last.received - first.received) / Math.max(1, last.atMs - first.atMs);
    return roomIn(this.deps.bufferPlaces()) / bytesPerMs / 1000;
  }

  private machine(): MachineStatus | null {
    try {
      return {
        bufferDisk: diskOf(this.deps.spoolDir),
        stateDisk: diskOf(this.deps.stateDir),
        disks: this.deps.disks.all(),
        memoryFreeBytes: os.freemem(),
        memoryTotalBytes: os.totalmem(),
        processMemoryBytes: process.memoryUsage.rss(),
      };
    } catch {
      // A folder that is gone is told where it is needed.
      return null;
    }
  }
}

function diskOf(dir: string): { freeBytes: number; totalBytes: number } {
  const { bavail, blocks, bsize } = statfsSync(dir);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
