import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import { acquiredAt, marginOf } from '#src/shared/model/whose-data.ts';
import type { UploadGate } from '../agent/upload-gate.ts';
import { acquiredMoment } from './acquired.ts';

/**
 * Whose a file is that has a name which an acquisition begun before a switch of experiments still awaits.
 *
 * A switch in between does not end an acquisition: what spans it stays where it began. But the next group may use the same names. So a file
 * is part of the acquisition when it was written before the switch, or when the files went on over the switch without a pause; after a
 * pause nobody can tell.
 */
export type GoesOn = 'part' | 'unclear';

/** Of the time after which nothing more is waited for: less between two files is no pause, whatever the detector. */
const PAUSE_SHARE = 0.25;
/** Further frames may be so many frame times away: a shutter that stays closed, a goniometer that turns back. */
const PAUSE_FRAMES = 20;

/**
 * How long the next file of an acquisition may let itself be waited for.
 * @param timeoutMs after which nothing more is waited for at all
 */
export const longestPauseMs = (
  timeoutMs: number,
  frameTimeS: number | null | undefined,
  framesPerFile: number,
): number =>
  Math.max(PAUSE_SHARE * timeoutMs, 1000 * (frameTimeS ?? 0) * Math.max(PAUSE_FRAMES, 2 * framesPerFile));

/** On the agent's clock, ms since 1970; null where nobody knows. */
export function ownMoment({ seenAt, watchedSince, appearedAt, modifiedAt }: Acquired): number | null {
  const at = acquiredAt({
    seenAt: new Date(seenAt),
    watchedSince: new Date(watchedSince),
    appearedAt: appearedAt === null ? null : new Date(appearedAt),
    modifiedAt: new Date(modifiedAt),
  });
  return at?.getTime() ?? null;
}

const onServerClock = (iso: string, { clockOffsetMs }: Acquired) => Date.parse(iso) + clockOffsetMs;

/** The switch between the beginning and a file, unless the file was written before it and only came here later. */
export function switchBefore(gate: UploadGate, began: Acquired, file: Acquired): Date | null {
  const at = gate.switchBetween(acquiredMoment(began), acquiredMoment(file));
  if (at === null) return null;
  const writtenMs = onServerClock(file.modifiedAt, file);
  const margin = marginOf(file.clockDoubtMs);
  const begunMs = Math.min(acquiredMoment(began)!.at.getTime(), onServerClock(began.modifiedAt, began));
  const isWrittenBefore = writtenMs + margin < at.getTime() && writtenMs + margin >= begunMs;
  return isWrittenBefore ? null : at;
}

/** Whether one acquisition goes on, over switches too. */
export class Continuity {
  private readonly gate: UploadGate;
  /** Its first file, then the first after each switch that it went on over. */
  private since: Acquired;
  /** The switch after which it paused. */
  private paused: Date | null = null;

  constructor(gate: UploadGate, began: Acquired) {
    this.gate = gate;
    this.since = began;
  }

  /** The last switch that is known to lie between it and this file. */
  switchBefore(file: Acquired): Date | null {
    return switchBefore(this.gate, this.since, file);
  }

  /**
   * @param others when its other files came about, and those on their way that have its names; asked for only where a switch was in between
   * @param pauseMs how long the next file may let itself be waited for
   */
  of(file: Acquired, others: () => readonly Acquired[], pauseMs: number): GoesOn {
    for (;;) {
      const at = this.switchBefore(file);
      if (at === null) return 'part';
      if (this.paused?.getTime() === at.getTime()) return 'unclear';
      const next = this.firstAfter(at, [...others(), file], pauseMs);
      if (next === null) {
        this.paused = at;
        return 'unclear';
      }
      this.since = next;
    }
  }

  /** The first file after the switch when it followed the last one before it without a pause. */
  private firstAfter(at: Date, files: readonly Acquired[], pauseMs: number): Acquired | null {
    let beforeMs = acquiredMoment(this.since)?.at.getTime() ?? Number.NEGATIVE_INFINITY;
    let [next, nextMs]: [Acquired | null, number] = [null, Number.POSITIVE_INFINITY];
    for (const file of files) {
      const ms = acquiredMoment(file)?.at.getTime();
      if (ms === undefined) continue;
      if (ms < at.getTime()) beforeMs = Math.max(beforeMs, ms);
      else if (ms < nextMs) [next, nextMs] = [file, ms];
    }
    return nextMs - beforeMs <= pauseMs ? next : null;
  }
}
