import type { DetectorStatus, HeartbeatResponse } from '#src/shared/contracts/agent-api.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { Journal } from './journal.ts';
import type { ReportLog } from './report-log.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';
import type { SpoolBudget } from './spool.ts';

export const HEARTBEAT_MS = 2000;
const REPORTS_PER_BEAT = 200;

export interface HeartbeatDeps {
  version: string;
  spoolDir: string;
  client: ServerClient;
  journal: Journal;
  reports: ReportLog;
  budget: SpoolBudget;
  clock: ClockOffset;
  now: () => number;
  queue: () => { files: number; bytes: number };
  uploadedBytes: () => number;
  detectors: () => DetectorStatus[];
  /** Called before each beat: what else is done at this pace. */
  onBeat: () => void;
}

/**
 * Every two seconds: what this agent does, what went wrong, how far its clock is off. Reports stay in the journal until
 * the server has said that it holds them.
 */
export class Heartbeat {
  private readonly deps: HeartbeatDeps;
  private readonly startedAt: string;
  private timer: NodeJS.Timeout | null = null;
  private under = Promise.resolve();
  private previous = { atMs: 0, received: 0, uploaded: 0, frames: 0 };
  private isReached: boolean | null = null;
  private experiment: string | null | undefined;

  constructor(deps: HeartbeatDeps) {
    this.deps = deps;
    this.startedAt = new Date(deps.now()).toISOString();
  }

  start(): void {
    const beat = () => {
      this.under = this.beat().finally(() => {
        if (this.timer !== null) this.timer = setTimeout(beat, HEARTBEAT_MS);
      });
    };
    this.timer = setTimeout(beat, 0);
  }

  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.under;
    this.deps.reports.flush(true);
    await this.beat();
  }

  /** Never rejects: it is called by a timer. */
  private async beat(): Promise<void> {
    const { deps } = this;
    try {
      deps.onBeat();
    } catch (error) {
      deps.reports.addThrown('What is done with each heartbeat failed', error);
    }
    deps.reports.flush();
    const sentMs = deps.now();
    const startedMs = performance.now();
    try {
      const reports = deps.journal.pendingReports(REPORTS_PER_BEAT);
      const answer = await deps.client.heartbeat({ ...this.status(sentMs), reports });
      deps.clock.measured(sentMs, performance.now() - startedMs, Date.parse(answer.serverTime));
      deps.journal.dropReports(answer.reportsStored);
      this.heard(answer);
    } catch (error) {
      if (error instanceof ServerRefused || error instanceof ServerUnreachable) this.failed(error);
      else deps.reports.addThrown('A heartbeat failed', error);
    }
  }

  private status(sentMs: number) {
    const { deps } = this;
    const detectors = deps.detectors();
    const error = deps.reports.lastError;
    return {
      sentAt: new Date(sentMs).toISOString(),
      startedAt: this.startedAt,
      version: deps.version,
      clock: deps.clock.state(),
      buffer: { usedBytes: deps.budget.usedBytes, maxBytes: deps.budget.maxBytes, dir: deps.spoolDir },
      queue: deps.queue(),
      rates: this.rates(detectors),
      detectors,
      lastError: error && { at: error.at, code: error.code, message: error.message },
    };
  }

  private rates(detectors: readonly DetectorStatus[]) {
    const sum = (pick: (detector: DetectorStatus) => number) =>
      detectors.reduce((total, one) => total + pick(one), 0);
    const now = {
      atMs: performance.now(),
      received: sum(({ bytes }) => bytes),
      uploaded: this.deps.uploadedBytes(),
      frames: sum(({ frames }) => frames),
    };
    const seconds = Math.max(0.001, (now.atMs - this.previous.atMs) / 1000);
    const { previous } = this;
    this.previous = now;
    if (previous.atMs === 0) return { receivedBytesPerS: 0, uploadedBytesPerS: 0, framesPerS: 0 };
    return {
      receivedBytesPerS: (now.received - previous.received) / seconds,
      uploadedBytesPerS: (now.uploaded - previous.uploaded) / seconds,
      framesPerS: (now.frames - previous.frames) / seconds,
    };
  }

  private heard(answer: HeartbeatResponse): void {
    const { reports } = this.deps;
    if (this.isReached !== true) {
      this.isReached = true;
      reports.logOnly({ code: 'server-reached', message: `connected as HUB of ${answer.instrument.name}` });
    }
    const code = answer.activeExperiment?.code ?? null;
    if (code !== this.experiment) {
      this.experiment = code;
      reports.logOnly({ code: 'active-experiment', message: code ?? 'no experiment is active' });
    }
  }

  private failed(error: ServerRefused | ServerUnreachable): void {
    this.isReached = false;
    const refused = error instanceof ServerRefused;
    const message = refused
      ? `The server refuses this agent: ${error.message} (${error.code}). Is the token right and not revoked?`
      : `The server cannot be reached: ${error.message}. Data are kept in the buffer.`;
    this.deps.reports.add({
      level: 'error',
      code: refused ? 'agent-refused' : 'server-unreachable',
      message,
    });
  }
}
