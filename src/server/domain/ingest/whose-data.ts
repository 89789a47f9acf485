/**
 * Whose byte is it? Decided by the time of acquisition against the history of activations of the instrument, and never by a guess: clocks are
 * compared over a network, so a series that began within a second of a switch could belong to either side.
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

/** @param history at least the activations that touch [startedAt - margin, startedAt + margin], times on the server's clock */
export function whoseData(startedAt: Date, now: Date, history: readonly ActivationPeriod[]): Assignment {
  const at = startedAt.getTime();
  if (at > now.getTime() + FUTURE_MARGIN_MS) {
    return {
      unassignedReason: `its start (${startedAt.toISOString()}) lies in the future: the clock of the agent is wrong`,
    };
  }
  const from = at - SWITCH_MARGIN_MS;
  const to = at + SWITCH_MARGIN_MS;
  const touching = history
    .map((period) => ({
      experimentId: period.experimentId,
      start: period.startedAt.getTime(),
      end: period.endedAt?.getTime() ?? Number.POSITIVE_INFINITY,
    }))
    .filter((period) => period.start <= to && period.end >= from && period.end > period.start)
    .sort((a, b) => a.start - b.start);
  if (touching.length === 0) return { unassignedReason: 'no experiment was active when it began' };
  const experiments = new Set(touching.map((period) => period.experimentId));
  // One experiment without a pause over the whole margin: no doubt.
  const gapless = touching.every((period, index) => index === 0 || touching[index - 1]!.end >= period.start);
  if (experiments.size === 1 && gapless && touching[0]!.start <= from && touching.at(-1)!.end >= to) {
    return { experimentId: touching[0]!.experimentId };
  }
  return { unassignedReason: 'it began within one second of a change of the active experiment' };
}
