import { type ClockOffset, UNKNOWN_DOUBT_MS } from '../agent/clock-offset.ts';
import type { Journal } from '../agent/journal.ts';

/** Nothing came for so long: what comes next was not sent before. */
const QUIET_MS = 150;
/** A message under way looks like silence until it is whole; lines to detectors carry at least so much (1 Gbit/s). */
const LINE_BYTES_PER_MS = 100_000;
/** After so much silence nothing waits anywhere: longer than a message of 1 GiB takes, and than a sender tries to connect again. */
const LONG_QUIET_MS = 11_000;
/** Handling a message takes less; what is longer is a wait for room, for a disk or for the processor. */
const HOLD_UP_MS = 100;

const keyOf = (detector: string) => `read-up-to ${detector}`;

/** Keeps up to when everything that the detector had sent was read: the start of the machine, and the time since. */
export function noteReadUpTo(journal: Journal, clock: ClockOffset, detector: string, lag: ReadingLag): void {
  const { steadyMs } = clock.mark();
  journal.setMeta(keyOf(detector), `${clock.boot} ${steadyMs - lag.at(steadyMs)}`);
}

/** Up to when a former process had read everything, on the clock that is never set; null when none ran. */
export function formerlyReadUpTo(journal: Journal, clock: ClockOffset, detector: string): number | null {
  const kept = journal.meta(keyOf(detector));
  if (kept === null) return null;
  const [boot, text] = kept.split(' ');
  const { steadyMs } = clock.mark();
  const isComparable = boot !== '' && boot === clock.boot && Number.isFinite(Number(text));
  return isComparable ? Math.min(steadyMs, Number(text)) : steadyMs - UNKNOWN_DOUBT_MS;
}

/**
 * How long a message may have waited, in ZeroMQ or at its sender, before it was read: not longer than since the detector was last seen
 * silent, and at most all hold-ups since then with the time since the socket was last empty. That it is empty tells little alone:
 * a sender that catches up over a slow line leaves it empty again and again. All times are milliseconds of a clock that is never set.
 */
export class ReadingLag {
  /** Everything sent by then was read. */
  private caughtUpMs: number;
  /** The socket was empty then. */
  private emptyMs: number;
  /** Not read since `caughtUpMs`. Infinite until the first silence: what waited while no process ran is not known. */
  private heldUpMs = Number.POSITIVE_INFINITY;
  private waitingSinceMs: number;
  /** When the last message was read that is being handled; null while the next one is waited for. */
  private handlingSinceMs: number | null = null;
  private quietMs = 0;

  constructor(nowMs: number, readUpToMs: number | null) {
    this.caughtUpMs = readUpToMs ?? nowMs;
    this.emptyMs = nowMs;
    this.waitingSinceMs = nowMs;
  }

  /** All senders are connected since now. */
  connected(nowMs: number): void {
    this.waitingSinceMs = nowMs;
    this.quietMs = 0;
  }

  /** The next message is asked for. */
  asks(nowMs: number, isEmpty: boolean): void {
    if (isEmpty) this.emptyMs = nowMs;
    if (this.handlingSinceMs === null) return;
    const handledMs = nowMs - this.handlingSinceMs;
    if (handledMs > HOLD_UP_MS) this.heldUpMs += handledMs;
    this.handlingSinceMs = null;
    this.waitingSinceMs = nowMs;
    this.quietMs = 0;
  }

  /** None came within the time that one is waited for. */
  waitedInVain(nowMs: number, isEmpty: boolean, isConnected: boolean): void {
    // A process that stood still waited without listening: then there is something now.
    if (!isEmpty) return;
    this.emptyMs = nowMs;
    const quietMs = nowMs - this.waitingSinceMs;
    if (isConnected) this.quietMs = quietMs;
    if (quietMs >= LONG_QUIET_MS) this.caughtUp(nowMs);
  }

  /** A message came. Returns how long it may have waited. */
  read(nowMs: number, bytes: number): number {
    if (this.quietMs >= QUIET_MS + bytes / LINE_BYTES_PER_MS) this.caughtUp(nowMs);
    this.handlingSinceMs = nowMs;
    return this.at(nowMs);
  }

  /** How long what is not read by now may wait already. */
  at(nowMs: number): number {
    return Math.min(UNKNOWN_DOUBT_MS, nowMs - this.caughtUpMs, this.heldUpMs + nowMs - this.emptyMs);
  }

  private caughtUp(nowMs: number): void {
    this.caughtUpMs = nowMs;
    this.emptyMs = nowMs;
    this.heldUpMs = 0;
  }
}
