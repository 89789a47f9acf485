import type { HeartbeatResponse } from '#src/shared/contracts/agent-api.ts';
import { isAccessRefusal } from './access.ts';
import type { StatusBoard } from './agent-status.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { CommandLog } from './command-log.ts';
import type { Journal } from './journal.ts';
import type { ReportLog } from './report-log.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';
import type { SiteSwitches } from './site-switches.ts';

export const HEARTBEAT_MS = 2000;
const REPORTS_PER_BEAT = 200;

export interface HeartbeatDeps {
  client: ServerClient;
  journal: Journal;
  reports: ReportLog;
  clock: ClockOffset;
  now: () => number;
  isEnrolled: () => boolean;
  status: Pick<StatusBoard, 'sample' | 'now'>;
  siteSwitches: SiteSwitches;
  commands: CommandLog;
  /** The clock was measured for the first time, or the server has taken switches made on site. */
  learned: () => void;
  /** Called before each beat: what else is done at this pace. */
  onBeat: () => void;
}

/**
 * Every two seconds: what this agent does, what went wrong, how far its clock is off. Reports stay in the journal until
 * the server has said that it holds them.
 */
export class Heartbeat {
  private readonly deps: HeartbeatDeps;
  private timer: NodeJS.Timeout | null = null;
  private under = Promise.resolve();
  private isUnderWay = false;
  private isReached: boolean | null = null;
  /** When the server was heard last, agent's clock; ISO 8601. */
  heardAt: string | null = null;
  private experiment: string | null | undefined;

  constructor(deps: HeartbeatDeps) {
    this.deps = deps;
  }

  start(): void {
    this.timer = setTimeout(this.next, 0);
  }

  private readonly next = () => {
    this.isUnderWay = true;
    this.under = this.beat().finally(() => {
      this.isUnderWay = false;
      if (this.timer !== null) this.timer = setTimeout(this.next, HEARTBEAT_MS);
    });
  };

  /** The next beat comes now: something was switched on site. */
  hurry(): void {
    if (this.timer === null || this.isUnderWay) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.next, 0);
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
    // Reports wait in the journal until there is somebody to tell them.
    if (!deps.isEnrolled()) return;
    try {
      deps.status.sample();
      const { sentMs, roundTripMs, answer } = await this.tell();
      const wasComparable = deps.clock.isComparable;
      deps.clock.measured(sentMs, roundTripMs, Date.parse(answer.serverTime));
      this.heard(answer);
      if (!wasComparable || (answer.siteSwitchesStored?.length ?? 0) > 0) deps.learned();
    } catch (error) {
      if (error instanceof ServerRefused || error instanceof ServerUnreachable) this.failed(error);
      else deps.reports.addThrown('A heartbeat failed', error);
    }
  }

  private async tell(): Promise<{ sentMs: number; roundTripMs: number; answer: HeartbeatResponse }> {
    const { client, journal, status, siteSwitches, commands, now } = this.deps;
    const told = {
      ...status.now(),
      reports: journal.pendingReports(REPORTS_PER_BEAT),
      siteSwitches: siteSwitches.toTell(),
      commandOutcomes: commands.toTell(),
    };
    const sentMs = now();
    const startedMs = performance.now();
    const answer = await client.heartbeat({ sentAt: new Date(sentMs).toISOString(), ...told });
    return { sentMs, roundTripMs: performance.now() - startedMs, answer };
  }

  private heard(answer: HeartbeatResponse): void {
    const { reports, journal, siteSwitches, commands } = this.deps;
    this.heardAt = new Date(this.deps.now()).toISOString();
    journal.dropReports(answer.reportsStored);
    commands.stored(answer.commandOutcomesStored ?? []);
    siteSwitches.stored(answer.siteSwitchesStored ?? [], answer.serverTime);
    if (this.isReached !== true) {
      this.isReached = true;
      reports.logOnly({ code: 'server-reached', message: `connected as agent of ${answer.instrument.name}` });
    }
    const code = answer.activeExperiment?.code ?? null;
    if (code !== this.experiment) {
      this.experiment = code;
      reports.logOnly({ code: 'active-experiment', message: code ?? 'no experiment is active' });
    }
  }

  private failed(error: ServerRefused | ServerUnreachable): void {
    this.isReached = false;
    // That the agent itself is refused was told by `AgentAccess`.
    if (error instanceof ServerRefused && isAccessRefusal(error)) return;
    const refused = error instanceof ServerRefused;
    const message = refused
      ? `The server refuses the heartbeat: ${error.message} (${error.code}).`
      : `The server cannot be reached: ${error.message}. Data are kept meanwhile.`;
    this.deps.reports.add({
      level: 'error',
      code: refused ? 'heartbeat-refused' : 'server-unreachable',
      message,
    });
  }
}
