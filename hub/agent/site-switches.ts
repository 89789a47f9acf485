import { randomUUID } from 'node:crypto';
import type { SiteSwitch } from '#src/shared/contracts/agent-control.ts';
import {
  type ActivationPeriod,
  type DoubtfulSwitch,
  SWITCH_MARGIN_MS,
} from '#src/shared/model/whose-data.ts';
import type { ClockEstimate, ClockOffset } from './clock-offset.ts';
import type { Journal } from './journal.ts';

const META_KEY = 'site-switches';

interface KnownSwitch extends SiteSwitch {
  /** Server's time when it had taken the switch; null while it is to be told. */
  storedAt: string | null;
  /**
   * With `at` the moment it was made: what is measured afterwards in the same start of the machine counts for it too. Not in journals of
   * older versions, nor once the server has taken it: then what it was told counts.
   */
  mark?: { steadyMs: number; boot: string };
}

/** When it was made, on the server's clock: whole ms since 1970, right within ± `doubtMs`. */
interface SwitchTime {
  atMs: number;
  doubtMs: number;
}

/**
 * Switches of the active experiment made on site: obeyed at once, told until the server has them, and forgotten when its own word about
 * the history is newer than that. Their times are known as well as those of data: what is measured later counts for them too. Kept in
 * the journal.
 */
export class SiteSwitches {
  private readonly journal: Journal;
  private readonly clock: Pick<ClockOffset, 'boot' | 'estimate' | 'isMeasuredSince' | 'mark'>;
  private known: KnownSwitch[];
  /** What the server was told last, by id. */
  private readonly told = new Map<string, SiteSwitch>();
  /** Times of the switches as they were put into the history. */
  private appliedAtMs: ReadonlySet<number> = new Set();

  constructor(journal: Journal, clock: SiteSwitches['clock']) {
    this.journal = journal;
    this.clock = clock;
    this.known = JSON.parse(journal.meta(META_KEY) ?? '[]') as KnownSwitch[];
  }

  private keep(switches: KnownSwitch[]): void {
    this.known = switches;
    this.journal.setMeta(META_KEY, JSON.stringify(switches));
  }

  /** It is made now. */
  add(experimentId: string | null, by: string): void {
    const { wallMs, steadyMs } = this.clock.mark();
    const { offsetMs, doubtMs } = this.clock.estimate();
    const made: SiteSwitch = {
      id: randomUUID(),
      experimentId,
      at: new Date(wallMs).toISOString(),
      clockOffsetMs: offsetMs,
      clockDoubtMs: doubtMs,
      by: by.slice(0, 200),
    };
    this.keep([...this.known, { ...made, storedAt: null, mark: { steadyMs, boot: this.clock.boot } }]);
  }

  /** The better of what was known of the clock when it was made and what is known now of that moment. */
  private clockAt({ at, clockOffsetMs, clockDoubtMs, mark }: KnownSwitch): ClockEstimate {
    const then = { offsetMs: clockOffsetMs, doubtMs: clockDoubtMs };
    if (!this.isOfThisStart(mark)) return then;
    const now = this.clock.estimate({ wallMs: Date.parse(at), steadyMs: mark.steadyMs });
    return now.doubtMs < then.doubtMs ? now : then;
  }

  private isOfThisStart(mark: KnownSwitch['mark']): mark is NonNullable<KnownSwitch['mark']> {
    return mark !== undefined && mark.boot !== '' && mark.boot === this.clock.boot;
  }

  private timeOf(one: KnownSwitch): SwitchTime {
    const { offsetMs, doubtMs } = this.clockAt(one);
    return { atMs: Math.round(Date.parse(one.at) + offsetMs), doubtMs };
  }

  /** The server puts it where it is told to have been, once: not told while the first answer of the server may say it much better. */
  private isToBeTold(one: KnownSwitch): boolean {
    if (one.storedAt !== null) return false;
    if (this.clockAt(one).doubtMs <= SWITCH_MARGIN_MS) return true;
    return this.clock.isMeasuredSince(
      this.isOfThisStart(one.mark) ? one.mark.steadyMs : Number.NEGATIVE_INFINITY,
    );
  }

  /** The first hundred that the server has not taken yet and that can be told by now. */
  toTell(): SiteSwitch[] {
    const untold = this.known.filter((one) => this.isToBeTold(one)).slice(0, 100);
    return untold.map((one) => {
      const { offsetMs, doubtMs } = this.clockAt(one);
      const { storedAt: _, mark: __, ...made } = one;
      const told = { ...made, clockOffsetMs: offsetMs, clockDoubtMs: doubtMs };
      this.told.set(told.id, told);
      return told;
    });
  }

  /** False while the server does not know of a switch that may have been before `atMs` (server's clock). */
  isToldBefore(atMs: number): boolean {
    return !this.known.some((one) => {
      const time = this.timeOf(one);
      return one.storedAt === null && time.atMs - time.doubtMs <= atMs;
    });
  }

  /** What the server was told counts from now on. */
  stored(ids: readonly string[], serverTime: string): void {
    if (ids.length === 0) return;
    this.keep(
      this.known.map((one) => {
        if (!ids.includes(one.id) || one.storedAt !== null) return one;
        const { mark: _, ...made } = one;
        return { ...made, ...this.told.get(one.id), storedAt: serverTime };
      }),
    );
    for (const id of ids) this.told.delete(id);
  }

  /** What the server says of the history was true at `serverTime`: switches it had by then count no more by themselves. */
  settled(serverTime: string): void {
    const open = this.known.filter(({ storedAt }) => storedAt === null || storedAt > serverTime);
    if (open.length < this.known.length) this.keep(open);
  }

  /** Whether what is active since `startedAt` was made so by a switch that still counts by itself. */
  began(startedAt: Date): boolean {
    return this.appliedAtMs.has(startedAt.getTime());
  }

  /** All that count by themselves, with how well their times are known. */
  withDoubt(): DoubtfulSwitch[] {
    return this.known.map((one) => {
      const { atMs, doubtMs } = this.timeOf(one);
      return { at: new Date(atMs), doubtMs };
    });
  }

  /** The history with the switches made on site put in. */
  appliedTo(history: readonly ActivationPeriod[]): readonly ActivationPeriod[] {
    const inOrder = this.known
      .map((one) => ({ experimentId: one.experimentId, ...this.timeOf(one) }))
      .sort((a, b) => a.atMs - b.atMs);
    this.appliedAtMs = new Set(inOrder.map(({ atMs }) => atMs));
    return inOrder.reduce(
      (periods, { experimentId, atMs }) => switched(periods, experimentId, atMs),
      history,
    );
  }
}

/** What was active at `atMs` ends there; the new period lasts until the next activation that is later. */
function switched(
  history: readonly ActivationPeriod[],
  experimentId: string | null,
  atMs: number,
): readonly ActivationPeriod[] {
  const at = new Date(atMs);
  const cut = history.map((period) => {
    const isActive = period.startedAt <= at && (period.endedAt === null || period.endedAt > at);
    return isActive ? { ...period, endedAt: at } : period;
  });
  if (experimentId === null) return cut;
  const later = cut.map(({ startedAt }) => startedAt.getTime()).filter((ms) => ms > atMs);
  const endedAt = later.length > 0 ? new Date(Math.min(...later)) : null;
  return [...cut, { experimentId, startedAt: at, endedAt }];
}
