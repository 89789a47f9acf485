import { AgentAccess } from './access.ts';
import type { AgentConfig } from './agent-config.ts';
import type { AgentProgram } from './agent-program.ts';
import { ClockOffset } from './clock-offset.ts';
import type { CommandLog } from './command-log.ts';
import { ControlClient } from './control-client.ts';
import { ControlGate } from './control-gate.ts';
import { Enrolment } from './enrolment.ts';
import { HttpTransport } from './http-transport.ts';
import type { Journal } from './journal.ts';
import { machineClocks, rememberedClock } from './machine-clocks.ts';
import { RateLimit, rateAt } from './rate-limit.ts';
import type { ReportLog } from './report-log.ts';
import { ServerClient } from './server-client.ts';
import { SiteSwitches } from './site-switches.ts';

const CLOCK_KEY = 'clock';

export interface ServerLinkDeps {
  program: AgentProgram;
  config: Pick<AgentConfig, 'serverUrl' | 'uplink' | 'token' | 'licenceFile' | 'instrument' | 'stateDir'>;
  journal: Journal;
  reports: ReportLog;
  version: string;
  now: () => number;
  signal: AbortSignal;
  commands: Pick<CommandLog, 'heard'>;
}

/**
 * What an agent and its server know of each other: the licence and the token, the clocks, what is switched on and off. It goes on
 * without the server with what it knew last.
 */
export class ServerLink {
  readonly access: AgentAccess;
  readonly clock: ClockOffset;
  readonly client: ServerClient;
  readonly gate: ControlGate;
  readonly siteSwitches: SiteSwitches;
  readonly control: ControlClient;
  private readonly deps: ServerLinkDeps;
  private readonly enrolment: Enrolment | null;
  private tasks: Promise<unknown> = Promise.resolve();

  constructor(deps: ServerLinkDeps) {
    const { config, journal, reports, now, signal, version } = deps;
    this.deps = deps;
    this.access = new AgentAccess(config.token, ({ code, message }) => {
      const known = code === 'NOT_SIGNED_IN' ? 'agent-refused' : 'licence-refused';
      reports.add({ level: 'error', code: known, message });
    });
    this.clock = new ClockOffset(machineClocks(now), rememberedClock(journal.meta(CLOCK_KEY)));
    const { uplink } = config;
    const timeZone = () => this.gate.current?.facility.timeZone ?? null;
    const limit = new RateLimit(() => rateAt(uplink, new Date(now() + this.clock.offsetMs), timeZone()));
    this.client = new ServerClient(config.serverUrl, this.access, new HttpTransport(uplink, limit));
    this.siteSwitches = new SiteSwitches(journal, this.clock);
    const { access, clock, siteSwitches, client } = this;
    const awaitsControl = config.licenceFile !== null;
    this.gate = new ControlGate({ access, clock, journal, siteSwitches, awaitsControl, now });
    this.enrolment =
      config.licenceFile === null
        ? null
        : new Enrolment({
            licenceFile: config.licenceFile,
            stateDir: config.stateDir,
            instrument: config.instrument,
            program: deps.program,
            client,
            access,
            reports,
            version,
            earliestNow: () => this.gate.earliestNow(),
            signal,
          });
    this.control = new ControlClient({
      client,
      access,
      journal,
      reports,
      signal,
      accept: (document) => this.gate.accept(document),
      withoutControl: () => this.gate.withoutControl(),
      confirmed: (serverTime) => {
        siteSwitches.settled(serverTime);
        this.gate.siteSwitchesChanged();
      },
      command: (commands) => deps.commands.heard(commands),
    });
  }

  /** Takes over what the former process knew; before anything is sent. */
  restore(): void {
    this.control.restore();
  }

  start(): void {
    const loops = [this.enrolment?.run(), this.control.run(), this.watchAccess()];
    // A fault of ours in one of them must not end the agent: data are still received and kept.
    const guarded = loops.map((loop) =>
      loop?.catch((error: unknown) => this.deps.reports.addThrown('The link to the server stopped', error)),
    );
    this.tasks = Promise.all(guarded);
  }

  private async watchAccess(): Promise<void> {
    const { signal } = this.deps;
    while (!signal.aborted) {
      await this.access.changed.wait(signal).then(
        () => this.gate.accessChanged(),
        () => undefined,
      );
    }
  }

  /** What is done with each heartbeat. */
  beat(): void {
    this.gate.look();
    const kept = this.clock.toRemember();
    if (kept !== null) this.deps.journal.setMeta(CLOCK_KEY, JSON.stringify(kept));
  }

  /** After the signal fired: resolves when every loop has noticed. */
  async stopped(): Promise<void> {
    await this.tasks;
    this.client.close();
  }
}
