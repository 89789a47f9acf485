import { randomUUID } from 'node:crypto';
import type { SiteSwitch } from '#src/shared/contracts/agent-control.ts';
import type { ActivationPeriod } from '#src/shared/model/whose-data.ts';
import type { ClockEstimate } from './clock-offset.ts';
import type { Journal } from './journal.ts';

const META_KEY = 'site-switches';

interface KnownSwitch extends SiteSwitch {
  /** Server's time when it had taken the switch; null while it is to be told. */
  storedAt: string | null;
}

/** When it was made, on the server's clock; whole ms since 1970. */
const atOf = ({ at, clockOffsetMs }: SiteSwitch): number => Math.round(Date.parse(at) + clockOffsetMs);

/**
 * Switches of the active experiment made on site: obeyed at once, told until the server has them, and forgotten when its own word about
 * the history is newer than that. Kept in the journal.
 */
export class SiteSwitches {
  private readonly journal: Journal;
  private known: KnownSwitch[];

  constructor(journal: Journal) {
    this.journal = journal;
    this.known = JSON.parse(journal.meta(META_KEY) ?? '[]') as KnownSwitch[];
  }

  private keep(switches: KnownSwitch[]): void {
    this.known = switches;
    this.journal.setMeta(META_KEY, JSON.stringify(switches));
  }

  /** @param atMs agent's clock */
  add(experimentId: string | null, by: string, atMs: number, { offsetMs, doubtMs }: ClockEstimate): void {
    const made: SiteSwitch = {
      id: randomUUID(),
      experimentId,
      at: new Date(atMs).toISOString(),
      clockOffsetMs: offsetMs,
      clockDoubtMs: doubtMs,
      by: by.slice(0, 200),
    };
    this.keep([...this.known, { ...made, storedAt: null }]);
  }

  /** The first hundred that the server has not taken yet. */
  toTell(): SiteSwitch[] {
    const untold = this.known.filter(({ storedAt }) => storedAt === null).slice(0, 100);
    return untold.map(({ storedAt: _, ...told }) => told);
  }

  /** False while the server does not know of a switch before `atMs` (server's clock). */
  isToldBefore(atMs: number): boolean {
    return !this.known.some((one) => one.storedAt === null && atOf(one) <= atMs);
  }

  stored(ids: readonly string[], serverTime: string): void {
    if (ids.length === 0) return;
    this.keep(
      this.known.map((one) =>
        ids.includes(one.id) ? { ...one, storedAt: one.storedAt ?? serverTime } : one,
      ),
    );
  }

  /** What the server says of the history was true at `serverTime`: switches it had by then count no more by themselves. */
  settled(serverTime: string): void {
    const open = this.known.filter(({ storedAt }) => storedAt === null || storedAt > serverTime);
    if (open.length < this.known.length) this.keep(open);
  }

  /** Whether what is active since `startedAt` was made so by a switch that still counts by itself. */
  began(startedAt: Date): boolean {
    return this.known.some((one) => atOf(one) === startedAt.getTime());
  }

  /** The history with the switches made on site put in. */
  appliedTo(history: readonly ActivationPeriod[]): readonly ActivationPeriod[] {
    const inOrder = this.known.toSorted((a, b) => atOf(a) - atOf(b));
    return inOrder.reduce((periods, one) => switched(periods, one.experimentId, atOf(one)), history);
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
