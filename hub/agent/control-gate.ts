import type { ControlDocument, ControlExperiment, HeldData } from '#src/shared/contracts/agent-control.ts';
import type { UploadMode } from '#src/shared/model/states.ts';
import {
  type ActivationPeriod,
  type DoubtfulSwitch,
  marginOf,
  switchBetween,
  whoseData,
} from '#src/shared/model/whose-data.ts';
import type { AgentAccess } from './access.ts';
import { Broadcast } from './broadcast.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { Journal } from './journal.ts';
import type { SiteSwitches } from './site-switches.ts';
import type { AcquiredMoment, GateDecision, Hold, UploadGate } from './upload-gate.ts';

const PAUSED_KEY = 'site-paused-since';

export interface ControlGateDeps {
  access: AgentAccess;
  clock: ClockOffset;
  journal: Journal;
  siteSwitches: SiteSwitches;
  /** Whether a control document is to come: before the first one nobody knows what is switched off. */
  awaitsControl: boolean;
  /** Agent's clock, ms since 1970. */
  now: () => number;
}

export interface ActiveExperiment {
  experiment: ControlExperiment;
  since: Date;
  /** Switched here, and the server has not taken it into its history yet; else as the server said. */
  onSite: boolean;
}

/**
 * Decides from the control document, the licence and the switches made on site what may be sent. Whose data are whose is told by
 * the rule the server uses, for its switches of single experiments; what belongs to no experiment goes by the agent's switch alone.
 */
export class ControlGate implements UploadGate {
  readonly changed = new Broadcast();
  private readonly deps: ControlGateDeps;
  private readonly listeners: ((isLeft: (acquired: AcquiredMoment | null) => boolean) => void)[] = [];
  private readonly startedAt: string;
  private document: ControlDocument | null = null;
  private history: readonly ActivationPeriod[] = [];
  private switches: readonly DoubtfulSwitch[] = [];
  private experiments = new Map<string, ControlExperiment>();
  private someAreOff = false;
  private pausedSince: string | null;
  private refusedSince: string;
  private wasExpired = false;
  private awaitsControl: boolean;

  constructor(deps: ControlGateDeps) {
    this.deps = deps;
    this.startedAt = this.nowText();
    this.refusedSince = this.startedAt;
    this.awaitsControl = deps.awaitsControl;
    this.pausedSince = deps.journal.meta(PAUSED_KEY) || null;
  }

  onLeft(listener: (isLeft: (acquired: AcquiredMoment | null) => boolean) => void): void {
    this.listeners.push(listener);
  }

  private nowText = () => new Date(this.deps.now()).toISOString();

  /** Takes over a document that was checked. */
  accept(document: ControlDocument): void {
    const before = this.document;
    const experimentsBefore = this.experiments;
    this.document = document;
    this.experiments = new Map(document.experiments.map((experiment) => [experiment.id, experiment]));
    this.someAreOff = document.experiments.some(({ upload }) => upload === 'off');
    this.awaitsControl = false;
    this.rebuildHistory();
    if (before !== null) this.tellLeft(before, experimentsBefore);
    this.changed.notify();
  }

  private rebuildHistory(): void {
    const told = (this.document?.activations ?? []).map(({ experimentId, startedAt, endedAt }) => ({
      experimentId,
      startedAt: new Date(startedAt),
      endedAt: endedAt === null ? null : new Date(endedAt),
    }));
    this.history = this.deps.siteSwitches.appliedTo(told);
    const doubtful = this.document?.doubtfulSwitches ?? [];
    this.switches = [
      ...doubtful.map(({ at, doubtMs }) => ({ at: new Date(at), doubtMs })),
      ...this.deps.siteSwitches.withDoubt(),
    ];
  }

  /** Something was switched on "from now" since the document before. */
  private tellLeft(before: ControlDocument, experimentsBefore: ReadonlyMap<string, ControlExperiment>): void {
    const { uploads } = this.document!;
    const all = before.uploads.mode !== 'on' && uploads.mode === 'on' && uploads.held === 'leave';
    const some = [...this.experiments.values()].filter(
      ({ id, upload, held }) =>
        upload === 'on' && held === 'leave' && experimentsBefore.get(id)?.upload === 'off',
    );
    if (!all && some.length === 0) return;
    const ids = new Set(some.map(({ id }) => id));
    const isLeft = (acquired: AcquiredMoment | null) => all || ids.has(this.experimentOf(acquired)?.id ?? '');
    for (const listener of this.listeners) listener(isLeft);
  }

  private experimentOf(acquired: AcquiredMoment | null): ControlExperiment | null {
    if (acquired === null) return null;
    const now = new Date(this.deps.now() + this.deps.clock.offsetMs);
    const whose = whoseData(acquired.at, now, this.history, acquired.doubtMs, this.switches);
    return 'experimentId' in whose ? (this.experiments.get(whose.experimentId) ?? null) : null;
  }

  decision(acquired: AcquiredMoment | null): GateDecision {
    const hold = (
      because: HeldData['because'],
      since: string,
      experimentCode: string | null = null,
    ): Hold => ({
      send: false,
      because,
      experimentCode,
      since,
    });
    if (this.deps.access.refusal !== null) return hold('licence', this.refusedSince);
    if (this.isExpired) return hold('licence', this.licenceExpiresAt!);
    const uploads = this.document?.uploads;
    if (uploads?.mode === 'off') return hold('agent-off', uploads.since);
    if (uploads?.mode === 'paused') return hold('agent-paused', uploads.since);
    if (this.pausedSince !== null) return hold('site-paused', this.pausedSince);
    const experiment = this.someAreOff ? this.experimentOf(acquired) : null;
    if (experiment?.upload === 'off') return hold('experiment-off', experiment.uploadSince, experiment.code);
    return { send: true };
  }

  isTold(acquired: AcquiredMoment | null): boolean {
    if (this.awaitsControl || !this.deps.clock.isComparable) return false;
    const until = acquired ? acquired.at.getTime() + marginOf(acquired.doubtMs) : Number.POSITIVE_INFINITY;
    return this.deps.siteSwitches.isToldBefore(until);
  }

  switchBetween(from: AcquiredMoment | null, to: AcquiredMoment | null): Date | null {
    return from && to && switchBetween(this.history, from.at, to.at, this.switches);
  }

  private get licenceExpiresAt(): string | null {
    const { identity } = this.deps.access;
    return this.document?.licenceExpiresAt ?? identity?.licenceExpiresAt ?? null;
  }

  /** Only when it is sure by the clock; else the server's refusal says it. */
  private get isExpired(): boolean {
    const until = this.licenceExpiresAt;
    return until !== null && this.earliestNow() >= Date.parse(until);
  }

  /** Server's time at the least, ms. */
  earliestNow(): number {
    const { offsetMs, doubtMs } = this.deps.clock.estimate();
    return this.deps.now() + offsetMs - doubtMs;
  }

  /** The server has no control documents. */
  withoutControl(): void {
    this.awaitsControl = false;
    this.changed.notify();
  }

  /** What time and licence decide is looked at again; called with each heartbeat and each change of the access. */
  look(): void {
    if (this.deps.access.refusal === null) this.refusedSince = this.nowText();
    const { isExpired } = this;
    if (isExpired === this.wasExpired) return;
    this.wasExpired = isExpired;
    this.changed.notify();
  }

  /** The licence was refused or accepted again. */
  accessChanged(): void {
    this.changed.notify();
  }

  // ── on site ──

  pauseOnSite(): void {
    if (this.pausedSince !== null) return;
    this.pausedSince = this.nowText();
    this.deps.journal.setMeta(PAUSED_KEY, this.pausedSince);
    this.changed.notify();
  }

  /** What was held meanwhile is sent. */
  resumeOnSite(): void {
    this.pausedSince = null;
    this.deps.journal.setMeta(PAUSED_KEY, '');
    this.changed.notify();
  }

  /** The switches made on site are others now, or the server has taken them. */
  siteSwitchesChanged(): void {
    this.rebuildHistory();
    this.changed.notify();
  }

  /** The agent's switch as it is obeyed now. */
  uploads(): { mode: UploadMode; by: 'server' | 'site'; since: string } {
    const { mode, since } = this.document?.uploads ?? { mode: 'on' as const, since: this.startedAt };
    if (mode === 'on' && this.pausedSince !== null) {
      return { mode: 'paused', by: 'site', since: this.pausedSince };
    }
    return { mode, by: 'server', since };
  }

  get current(): ControlDocument | null {
    return this.document;
  }

  /** Null when none is active, or none is known. */
  activeExperiment(): ActiveExperiment | null {
    const period = this.history.findLast(({ endedAt }) => endedAt === null);
    const experiment = period ? this.experiments.get(period.experimentId) : undefined;
    if (!period || !experiment) return null;
    const onSite = this.deps.siteSwitches.began(period.startedAt);
    return { experiment, since: period.startedAt, onSite };
  }
}
