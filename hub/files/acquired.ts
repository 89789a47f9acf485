import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import { acquiredAt } from '#src/shared/model/whose-data.ts';
import type { ClockEstimate, ClockMark } from '../agent/clock-offset.ts';
import type { AcquiredMoment } from '../agent/upload-gate.ts';
import { msOf } from './file-stat.ts';

/** The clock of the agent against the server's; what is measured later counts for earlier moments too. */
export interface AgentClock {
  mark(): ClockMark;
  estimate(mark?: ClockMark): ClockEstimate;
  /** Which start of the machine this is. */
  boot: string;
}

/** A moment as it was noted, perhaps before the clock was ever compared with the server's. */
export interface NotedMoment extends ClockEstimate {
  seenMs: number;
  steadyMs: number;
  boot: string;
}

/** The better of what was known then and what is known now of that moment. */
export function clockAt(noted: NotedMoment, clock: AgentClock): ClockEstimate {
  const then = { offsetMs: noted.offsetMs, doubtMs: noted.doubtMs };
  if (noted.boot === '' || noted.boot !== clock.boot) return then;
  const now = clock.estimate({ wallMs: noted.seenMs, steadyMs: noted.steadyMs });
  return now.doubtMs < then.doubtMs ? now : then;
}

/** When a content of a file came about, as far as it was seen; own clock, ms since 1970. */
export interface Sighting {
  seenMs: number;
  watchedSinceMs: number;
  /** The content may have come this much before it was seen: it was found by a scan, not told by an event. */
  lateMs: number;
  /** The birth time speaks of this content, not of an older one in the same place. */
  isBirthOfContent: boolean;
}

/** Before 1990 no birth time is one. */
const EARLIEST_BIRTH_MS = 631_152_000_000;
/** Clocks of one machine: a birth later than the sighting by more than this is none. */
const BIRTH_AFTER_SIGHT_MS = 60_000;

/** Null when the file system knows none, or one that cannot be. */
function plausibleBirthMs({ seenMs, isBirthOfContent }: Sighting, birthNs: bigint): number | null {
  const birthMs = msOf(birthNs);
  if (!isBirthOfContent || birthMs < EARLIEST_BIRTH_MS || birthMs > seenMs + BIRTH_AFTER_SIGHT_MS)
    return null;
  return birthMs;
}

const iso = (ms: number) => new Date(ms).toISOString();
/** Times a Date can hold, of years with four digits. */
const LAST_MS = 253_402_300_799_000;

export function acquiredOf(
  sighting: Sighting,
  file: { mtimeNs: bigint; birthNs: bigint },
  clock: ClockEstimate,
): Acquired {
  const birthMs = plausibleBirthMs(sighting, file.birthNs);
  return {
    seenAt: iso(sighting.seenMs),
    watchedSince: iso(sighting.watchedSinceMs),
    appearedAt: birthMs === null ? null : iso(birthMs),
    modifiedAt: iso(Math.min(LAST_MS, Math.max(0, msOf(file.mtimeNs)))),
    clockOffsetMs: clock.offsetMs,
    // Who has a birth time need not know since when it lay there unseen.
    clockDoubtMs: clock.doubtMs + (birthMs === null ? sighting.lateMs : 0),
  };
}

/** For the switches: the moment that counts, on the server's clock; null when nobody knows. */
export function acquiredMoment(acquired: Acquired): AcquiredMoment | null {
  const at = acquiredAt({
    seenAt: new Date(acquired.seenAt),
    watchedSince: new Date(acquired.watchedSince),
    appearedAt: acquired.appearedAt === null ? null : new Date(acquired.appearedAt),
    modifiedAt: new Date(acquired.modifiedAt),
  });
  return at && { at: new Date(at.getTime() + acquired.clockOffsetMs), doubtMs: acquired.clockDoubtMs };
}
