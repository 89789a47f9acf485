import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentProgram } from '#hub/agent/agent-program.ts';
import { RandomSource } from '#hub/simulator/random-source.ts';
import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import { withConnection } from '#src/server/db/connection.ts';
import { SWITCH_MARGIN_MS } from '#src/shared/model/whose-data.ts';
import type { Finding } from '../judge/findings.ts';
import { judge } from '../judge/judge.ts';
import { Ledger } from '../judge/ledger.ts';
import { readStore, type StoreView } from '../judge/store-view.ts';
import type { TortureCase } from '../torture-case.ts';
import { type AgentOptions, AgentProcess } from './agent-process.ts';
import { Detector, type DetectorSettings } from './detector.ts';
import { FaultRelay } from './fault-relay.ts';
import type { Installation } from './installation.ts';
import { Landing, type LandingSettings } from './landing.ts';
import { Calm, isSameData } from './quiescence.ts';
import { SeriesWriter } from './series-writer.ts';
import type { Source } from './source.ts';
import { type ExperimentName, layGround, type TrialGround } from './trial-ground.ts';
import { untilAnswered } from './until-answered.ts';

/** A second more than within which data of a switch could belong to either side. */
export const CLEAR_OF_SWITCH_MS = SWITCH_MARGIN_MS + 1000;
/** Only against hanging: a busy machine is no fault of an agent. */
const PATIENCE_MS = 600_000;
const LONGEST_MINUTES = 15;
/** So often it is looked again whether what was found was found at rest. */
const JUDGED_AT_MOST = 5;

export interface TrialOptions {
  name: string;
  seed: number;
  short: boolean;
  /** Holds what the trial makes; removed at its end. */
  folder: string;
  program: AgentProgram;
  /** Checkout whose agent runs. */
  agentRoot: string;
  /** The program as it is shipped, in one file, in place of that of the checkout. */
  executable?: string | undefined;
  /** For things to come to rest; minutes when left out. */
  patienceMs?: number | undefined;
  /** Breaks it off. */
  signal: AbortSignal;
}

/**
 * What one case works with: an instrument of its own with two experiments, an agent of its own behind lines that can fail, and the ledger of
 * what was handed over. Nothing of other cases is touched.
 */
export class Trial {
  readonly options: TrialOptions;
  readonly installation: Installation;
  readonly api: FacilityApi;
  readonly ledger: Ledger;
  /** Seeded: the same seed gives the same faults at the same moments. */
  readonly random: RandomSource;
  readonly instrument: { id: string; slug: string };
  readonly experiments: TrialGround['experiments'];
  /** The lines from the agent to the web app, to the data server, and to the bucket where parts go straight to it. */
  readonly lines: { web: FaultRelay; data: FaultRelay; store?: FaultRelay };
  private readonly sources: Source[] = [];
  landing: Landing | null = null;
  /** Rejects when the case cannot go on: an agent ended by itself, the time is over, somebody asks to stop. */
  readonly broken: Promise<never>;
  private readonly breakOff: (why: Error) => void;
  private agents: AgentProcess[] = [];
  private readonly endings: (() => void)[] = [];
  private readonly licence: string;
  readonly agentId: string;

  private constructor(
    { options, installation, lines }: Pick<Trial, 'options' | 'installation' | 'lines'>,
    ground: TrialGround,
  ) {
    const { promise, reject } = Promise.withResolvers<never>();
    // It may be heard late or never.
    promise.catch(() => undefined);
    this.broken = promise;
    this.breakOff = reject;
    this.options = options;
    this.installation = installation;
    this.lines = lines;
    this.ledger = new Ledger(path.join(options.folder, 'ledger.jsonl'));
    this.random = new RandomSource(options.seed);
    this.api = ground.api;
    this.instrument = ground.instrument;
    this.experiments = ground.experiments;
    this.licence = ground.licence;
    this.agentId = ground.agentId;
  }

  /** Makes all that the trial works with. */
  static async begin(installation: Installation, options: TrialOptions): Promise<Trial> {
    mkdirSync(options.folder, { recursive: true });
    const ground = await layGround(installation, options);
    const { rgw, demo } = installation;
    const store = rgw && (await FaultRelay.to(rgw.settings.publicUrl));
    const lines = {
      web: await FaultRelay.to(demo.web),
      data: await FaultRelay.to(demo.data),
      ...(store ? { store } : {}),
    };
    return new Trial({ options, installation, lines }, ground);
  }

  /** As many in the long form as in the short one, times a factor. */
  amount(long: number, short: number): number {
    return this.options.short ? short : long;
  }

  code(name: ExperimentName): string {
    return this.experiments[name].code;
  }

  /** Switches the active experiment, and waits until what is measured now belongs to it beyond doubt. */
  async activate(name: ExperimentName | null): Promise<void> {
    // Whoever measured just before must not be within the margin either.
    await sleep(CLEAR_OF_SWITCH_MS);
    await eventually(`the switch to ${name}`, PATIENCE_MS, async () => {
      if (name === null) await this.api.experiments.deactivate.mutate({ instrumentId: this.instrument.id });
      else await this.api.experiments.activate.mutate({ experimentId: this.experiments[name].id });
      return true;
    });
    await sleep(CLEAR_OF_SWITCH_MS);
  }

  /** A detector that streams: for a HUB alone. */
  async openDetector(
    name = `detector-${this.sources.length + 1}`,
    settings?: DetectorSettings,
  ): Promise<Detector> {
    const detector = await Detector.open(name, this.ledger, settings);
    this.add(detector);
    return detector;
  }

  /** What brings series to the agent: a detector for a HUB, a program that writes files for a SYNC. */
  async openSource(): Promise<Source> {
    if (this.options.program.kind === 'hub') return this.openDetector();
    const writer = new SeriesWriter(this.landing ?? this.openLanding());
    this.add(writer);
    return writer;
  }

  add(source: Source): void {
    this.sources.push(source);
  }

  /** The one opened first. */
  get source(): Source {
    return this.sources[0]!;
  }

  /** A landing folder for the agent that is started afterwards; the same when it was opened before. */
  openLanding(settings: LandingSettings = {}): Landing {
    const { folder, program } = this.options;
    this.landing ??= new Landing(path.join(folder, 'landing'), this.ledger, program.kind, settings);
    return this.landing;
  }

  /** Starts the trial's agent on its sources, and waits until the server has heard of it. */
  async startAgent(options: Partial<AgentOptions> = {}): Promise<AgentProcess> {
    const { demo } = this.installation;
    const agent = new AgentProcess({
      folder: path.join(this.options.folder, `agent-${this.agents.length + 1}`),
      program: this.options.program,
      root: this.options.agentRoot,
      executable: this.options.executable,
      server: demo.web,
      licence: this.licence,
      relays: Object.fromEntries(Object.values(this.lines).map((line) => [line.address, line.port] as const)),
      sources: [...(this.landing ? [this.landing] : []), ...this.sources]
        .map((source) => source.toml())
        .join('\n'),
      onCrash: (how) => this.breakOff(new Error(how)),
      ...options,
    });
    this.agents.push(agent);
    agent.start();
    await this.untilHeard();
    if (this.lines.web.connections === 0)
      throw new Error('the agent does not go through its relays: no fault of a line would reach it');
    return agent;
  }

  /** Waits for a heartbeat of the agent that was sent after this call. */
  async untilHeard(): Promise<void> {
    const since = Date.now();
    await eventually(
      `a heartbeat of the ${this.options.program.name} of ${this.options.name}`,
      this.options.patienceMs ?? PATIENCE_MS,
      async (note) => {
        const { agents } = await this.view();
        note(agents.map(({ status }) => status?.sentAt ?? null));
        return agents.some(({ status }) => status && Date.parse(status.sentAt) > since) || null;
      },
    );
  }

  /** Waits until an agent has told of something by this code. */
  async untilReported(code: string): Promise<void> {
    await eventually(`the report ${code}`, PATIENCE_MS, async (note) => {
      const { reports } = await this.view();
      note(reports.map((report) => report.code));
      return reports.some((report) => report.code === code) || null;
    });
  }

  /** What database and store say now, or as soon as they answer. */
  view(): Promise<StoreView> {
    const { demo, objects } = this.installation;
    return untilAnswered(() =>
      withConnection(demo.database, (client) => readStore(client, objects, this.instrument.id)),
    );
  }

  /** Waits until nothing is under way any more. Throws with what still waits. */
  async untilQuiet(patienceMs = this.options.patienceMs ?? PATIENCE_MS): Promise<StoreView> {
    const calm = new Calm(Date.now());
    return eventually(`${this.options.name} to come to rest`, patienceMs, async (note) => {
      const view = await this.view().catch((error: unknown) => {
        note(`database and store cannot be read: ${String(error)}`);
        return null;
      });
      if (view === null) {
        calm.broken();
        return null;
      }
      const waits = calm.waits(view, Date.now());
      note(waits);
      return waits.length === 0 ? view : null;
    });
  }

  judge(view: StoreView): Promise<Finding[]> {
    return judge(this.ledger, view, this.installation.objects);
  }

  /** What is amiss at the end. A finding counts when all is at rest again and the data are what they were when it was made. */
  async verdict(): Promise<Finding[]> {
    for (let times = 1; ; times++) {
      const view = await this.view();
      const findings = await this.judge(view);
      if (findings.length === 0 || times === JUDGED_AT_MOST) return findings;
      const after = await this.untilQuiet().catch(() => null);
      if (after === null || isSameData(view, after)) return findings;
    }
  }

  /** Judges at a moment in the middle of a case; throws with what is found. */
  async expectNone(view: StoreView): Promise<void> {
    const findings = await this.judge(view);
    if (findings.length > 0)
      throw new Error(`in the middle: ${findings.map(({ kind, what }) => `${kind}: ${what}`).join('; ')}`);
  }

  /** Called in the end, whatever happens, when nothing of the trial runs any more: unmounts, removes namespaces. */
  onEnd(ending: () => void): void {
    this.endings.push(ending);
  }

  /** Does the harm of a case and waits for rest; throws when that cannot be. */
  async run({ run: harm, longestMinutes = LONGEST_MINUTES }: TortureCase): Promise<string> {
    const tooLong = setTimeout(
      () => this.breakOff(new Error(`it takes longer than ${longestMinutes} minutes`)),
      longestMinutes * 60_000,
    );
    const asked = () => this.breakOff(new Error('stopped before its end'));
    this.options.signal.addEventListener('abort', asked);
    const whole = async () => {
      const done = await harm(this);
      await this.untilQuiet();
      return done;
    };
    const running = whole();
    // When it is broken off it ends later, by its senders that are stopped.
    running.catch(() => undefined);
    try {
      return await Promise.race([running, this.broken]);
    } finally {
      clearTimeout(tooLong);
      this.options.signal.removeEventListener('abort', asked);
      // Whoever still sends is stopped by it.
      for (const source of this.sources) source.close();
    }
  }

  /** Ends what the trial started and removes what it made on this machine; `keep` leaves the folder for people. */
  async end({ keep }: { keep: boolean }): Promise<void> {
    for (const agent of this.agents) await agent.end('SIGKILL');
    await Promise.all(Object.values(this.lines).map((line) => line.close()));
    for (const ending of this.endings.reverse()) ending();
    if (!keep) rmSync(this.options.folder, { recursive: true, force: true });
  }
}
