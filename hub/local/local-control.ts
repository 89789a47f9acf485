import type { ControlExperiment } from '#src/shared/contracts/agent-control.ts';
import type { AgentProgram } from '../agent/agent-program.ts';
import type { AgentStatus, StatusBoard } from '../agent/agent-status.ts';
import type { Heartbeat } from '../agent/heartbeat.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { ServerLink } from '../agent/server-link.ts';

/** What people at this machine are told; the page on site and the command line draw it. */
export interface LocalStatus {
  status: AgentStatus;
  server: string;
  instrument: string | null;
  facility: string | null;
  /** Of the licence it is enrolled with. */
  licenceId: string | null;
  /** Why the server refuses this agent; null when it does not. */
  refusal: string | null;
  /** When the server was heard last; ISO 8601. */
  serverHeardAt: string | null;
  active: { id: string; code: string; title: string; since: string; how: string } | null;
  /** Origins of the addresses to which bytes are sent, as the server says them; empty when it was not heard yet. */
  storeOrigins: readonly string[];
  /** When the server made the instructions that are obeyed. */
  instructionsOf: string | null;
}

/** Not possible here and now; the sentence says why. */
export class LocalRefusal extends Error {
  override readonly name = 'LocalRefusal';
}

export interface LocalControlDeps {
  link: Pick<ServerLink, 'gate' | 'siteSwitches' | 'access'>;
  program: AgentProgram;
  status: StatusBoard;
  heartbeat: Heartbeat;
  reports: ReportLog;
  server: string;
}

/** What can be seen and done at this machine, with and without the server. */
export class LocalControl {
  private readonly deps: LocalControlDeps;

  constructor(deps: LocalControlDeps) {
    this.deps = deps;
  }

  status(): LocalStatus {
    const { link, heartbeat, server } = this.deps;
    const document = link.gate.current;
    const active = link.gate.activeExperiment();
    return {
      status: this.deps.status.now(),
      server,
      instrument: document?.instrument.name ?? link.access.identity?.instrument.slug ?? null,
      facility: document?.facility.code ?? null,
      licenceId: link.access.identity?.licenceId ?? null,
      refusal: link.access.refusal?.message ?? null,
      serverHeardAt: heartbeat.heardAt,
      active: active && {
        id: active.experiment.id,
        code: active.experiment.code,
        title: active.experiment.title,
        since: active.since.toISOString(),
        how: active.onSite ? 'switched on site' : 'as the server said',
      },
      storeOrigins: document?.storeOrigins ?? [],
      instructionsOf: document?.issuedAt ?? null,
    };
  }

  /** Experiments of the signed instructions that can be made active here. */
  experiments(): ControlExperiment[] {
    const document = this.deps.link.gate.current;
    return (document?.experiments ?? []).filter(({ state }) => state !== 'closed');
  }

  /**
   * Makes an experiment active from now on, or none; obeyed at once, told to the server with the next heartbeat. Throws LocalRefusal.
   * @param which id or code, or "none"
   * @param by account on this machine
   */
  activate(which: string, by: string): { code: string | null } {
    const { link, reports, heartbeat } = this.deps;
    if (link.gate.current === null) {
      throw new LocalRefusal('This agent has no instructions of the server yet, so it knows no experiments.');
    }
    const found = this.experiments().find(({ id, code }) => id === which || code === which);
    if (!found && which !== 'none') {
      throw new LocalRefusal(
        `No open experiment of this instrument is called "${which}": see "${this.deps.program.command} experiments".`,
      );
    }
    const code = found?.code ?? null;
    if (link.gate.activeExperiment()?.experiment.id === found?.id) return { code };
    link.siteSwitches.add(found?.id ?? null, by);
    link.gate.siteSwitchesChanged();
    const message = `${by} switched to ${code ?? 'no experiment'} on site.`;
    reports.add({ level: 'info', code: 'switched-on-site', message });
    heartbeat.hurry();
    return { code };
  }

  pause(by: string): void {
    this.deps.link.gate.pauseOnSite();
    this.deps.reports.add({
      level: 'info',
      code: 'paused-on-site',
      message: `${by} paused uploading on site.`,
    });
    this.deps.heartbeat.hurry();
  }

  resume(by: string): void {
    this.deps.link.gate.resumeOnSite();
    const message = `${by} let uploading go on, on site.`;
    this.deps.reports.add({ level: 'info', code: 'resumed-on-site', message });
    this.deps.heartbeat.hurry();
  }
}
