/**
 * Whose byte is it? Decided by the time of acquisition against the history of activations of the instrument, and never by a guess: clocks are
 * compared over a network, so what began within a second of a switch, or within the doubt about the agent's clock, could belong to
 * either side. Server and agents decide by this one rule; the server's word counts. All times here are on the server's clock.
 */
export const SWITCH_MARGIN_MS = 1000;
/** A start that lies further in the future than this says that the agent's clock was not measured rightly. */
export const FUTURE_MARGIN_MS = 60_000;

export interface ActivationPeriod {
  experimentId: string;
  startedAt: Date;
  /** Null: still active. */
  endedAt: Date | null;
}

export type Assignment = { experimentId: string } | { unassignedReason: string };

/** A switch made on site, by a clock that was not known better: it may have been anywhere within ± `doubtMs` around `at`. */
export interface DoubtfulSwitch {
  at: Date;
  doubtMs: number;
}

interface Span {
  experimentId: string;
  start: number;
  end: number;
}

/** Periods that touch [from, to], in order, neighbours of one experiment without a pause joined; empty periods left out. */
function spansTouching(history: readonly ActivationPeriod[], from: number, to: number): Span[] {
  const spans: Span[] = [];
  const sorted = history
    .map(({ experimentId, startedAt, endedAt }) => ({
      experimentId,
      start: startedAt.getTime(),
      end: endedAt?.getTime() ?? Number.POSITIVE_INFINITY,
    }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const span of sorted) {
    const before = spans.at(-1);
    if (before?.experimentId === span.experimentId && before.end >= span.start) before.end = span.end;
    else spans.push({ ...span });
  }
  return spans.filter(({ start, end }) => start <= to && end >= from);
}

/**
 * The experiment that was active without a pause from `from` to `to`; null when there were several, none, or a pause, and when a switch whose
 * time is not known well may have been in between.
 */
export function onlyExperimentBetween(
  history: readonly ActivationPeriod[],
  from: Date,
  to: Date,
  switches: readonly DoubtfulSwitch[] = [],
): string | null {
  const mayLieBetween = ({ at, doubtMs }: DoubtfulSwitch) =>
    doubtMs > SWITCH_MARGIN_MS &&
    at.getTime() - doubtMs <= to.getTime() &&
    at.getTime() + doubtMs >= from.getTime();
  if (switches.some(mayLieBetween)) return null;
  const [only, ...others] = spansTouching(history, from.getTime(), to.getTime());
  const isThroughout = only !== undefined && only.start <= from.getTime() && only.end >= to.getTime();
  return others.length === 0 && isThroughout ? only.experimentId : null;
}

/**
 * The first change of the active experiment after `from` and not after `to`; null when there was none. A switch whose time is not known well
 * counts when it may have been in between.
 */
export function switchBetween(
  history: readonly ActivationPeriod[],
  from: Date,
  to: Date,
  switches: readonly DoubtfulSwitch[] = [],
): Date | null {
  const [first, last] = [from.getTime(), to.getTime()];
  if (last <= first) return null;
  const changes = spansTouching(history, first, last)
    .flatMap(({ start, end }) => [start, end])
    .filter((at) => at > first && at <= last);
  for (const { at, doubtMs } of switches) {
    const isNear = at.getTime() + doubtMs > first && at.getTime() - doubtMs <= last;
    if (doubtMs > SWITCH_MARGIN_MS && isNear) changes.push(Math.min(last, Math.max(first + 1, at.getTime())));
  }
  return changes.length === 0 ? null : new Date(Math.min(...changes));
}

function inWords(ms: number): string {
  if (ms <= 1000) return 'one second';
  if (ms <= 120_000) return `${Math.ceil(ms / 1000)} seconds`;
  return ms <= 7_200_000 ? `${Math.ceil(ms / 60_000)} minutes` : `${Math.ceil(ms / 3_600_000)} hours`;
}

/**
 * @param history at least the activations that touch [at - margin, at + margin]
 * @param doubtMs `at` is right within ± this
 * @param switches those made on site that may have been within [at - margin, at + margin]
 */
export function whoseData(
  at: Date,
  now: Date,
  history: readonly ActivationPeriod[],
  doubtMs = 0,
  switches: readonly DoubtfulSwitch[] = [],
): Assignment {
  if (at.getTime() > now.getTime() + FUTURE_MARGIN_MS) {
    return {
      unassignedReason: `its start (${at.toISOString()}) lies in the future: the clock of the agent is wrong`,
    };
  }
  const margin = marginOf(doubtMs);
  const from = at.getTime() - margin;
  const to = at.getTime() + margin;
  const touching = spansTouching(history, from, to);
  const [only] = touching;
  const isWhole = touching.length === 1 && only!.start <= from && only!.end >= to;
  if (only !== undefined && !isWhole) {
    return {
      unassignedReason: `it began within ${inWords(margin)} of a change of the active experiment${
        doubtMs > SWITCH_MARGIN_MS ? ', and the clock of the agent is not known better' : ''
      }`,
    };
  }
  const near = switches.find((one) => mayBeOnEitherSide(at, doubtMs, one));
  if (near) {
    return {
      unassignedReason: `it began within ${inWords(doubtMs + near.doubtMs)} of a switch made on site (${near.at.toISOString()}), and the clocks are not known better`,
    };
  }
  return only
    ? { experimentId: only.experimentId }
    : { unassignedReason: 'no experiment was active when it began' };
}

/**
 * Both doubts together tell how far apart the two must be. Where they are within the margin of every switch, the history alone decides: it
 * does not hold a switch that changed nothing at the time it was taken to be made, though it may have changed something at its own.
 */
function mayBeOnEitherSide(at: Date, doubtMs: number, other: DoubtfulSwitch): boolean {
  const together = doubtMs + other.doubtMs;
  return together > SWITCH_MARGIN_MS && Math.abs(at.getTime() - other.at.getTime()) <= together;
}

/** Half the width of the time around an instant in which it may have been. */
export const marginOf = (doubtMs: number): number => Math.max(SWITCH_MARGIN_MS, doubtMs);

/** When a file of a watched folder came about; on the server's clock. */
export interface FileTimes {
  /** First sighting, by event or scan. */
  seenAt: Date;
  /** Since when the folder has been watched without a break. */
  watchedSince: Date;
  /** Birth time in the agent's own file system; null where there is none. */
  appearedAt: Date | null;
  modifiedAt: Date;
}

/**
 * The moment that counts for a file: its first sighting. What was there before the agent looked counts from its birth in the agent's file
 * system, whose clock is the agent's. Null when neither is known.
 */
export function acquiredAt({ seenAt, watchedSince, appearedAt, modifiedAt }: FileTimes): Date | null {
  if (appearedAt !== null) return appearedAt < seenAt ? appearedAt : seenAt;
  return modifiedAt.getTime() >= watchedSince.getTime() - SWITCH_MARGIN_MS ? seenAt : null;
}

/**
 * Whose a file is. A copy of older data (its modification time, which copy programs keep, lies before the experiment became active) is not
 * taken for data of now.
 * @param knownFrom before this the agent's clock was never compared with the server's
 * @param history and `switches` as for `whoseData`, around `acquiredAt(times)`, and the whole period of the experiment it falls into
 */
export function whoseFile(
  times: FileTimes,
  now: Date,
  history: readonly ActivationPeriod[],
  {
    doubtMs,
    knownFrom,
    switches = [],
  }: { doubtMs: number; knownFrom: Date; switches?: readonly DoubtfulSwitch[] },
): Assignment {
  const at = acquiredAt(times);
  if (at === null) {
    return {
      unassignedReason: 'it lay there before the agent watched the folder, and nothing says since when',
    };
  }
  const margin = marginOf(doubtMs);
  if (at.getTime() < knownFrom.getTime() - margin) {
    return {
      unassignedReason: `it appeared (${at.toISOString()}) before the agent knew this server's clock and experiments`,
    };
  }
  const whose = whoseData(at, now, history, doubtMs, switches);
  if (!('experimentId' in whose)) return whose;
  const own = spansTouching(history, at.getTime(), at.getTime())[0]!;
  if (times.modifiedAt.getTime() < own.start - margin) {
    return {
      unassignedReason: `it was last written on ${times.modifiedAt.toISOString()}, before the experiment that was active when it came: a copy of older data`,
    };
  }
  return whose;
}
