import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';

const DAY_MS = 24 * 3600 * 1000;
/** From so many days before its end on the processing window is spoken of. */
const SOON_DAYS = 14;

type Dated = Pick<ExperimentDetail, 'state' | 'processingUntil' | 'plannedEnd' | 'activeSince' | 'counts'>;

/**
 * What the dates of an experiment have to say now: its window is over, or will be within two weeks; its planned end has passed though it still
 * measures (which stops nothing). Null when all is quiet.
 */
export function dateNews(
  experiment: Dated,
  now: Date,
): { kind: 'over' | 'soon' | 'overdue'; at: Date } | { kind: 'closed' } | null {
  const { state, processingUntil, plannedEnd } = experiment;
  if (state === 'processing' || state === 'closed') {
    if (processingUntil && processingUntil <= now) return { kind: 'over', at: processingUntil };
    if (state === 'closed') return { kind: 'closed' };
    const isSoon = processingUntil && processingUntil.getTime() - now.getTime() <= SOON_DAYS * DAY_MS;
    return isSoon ? { kind: 'soon', at: processingUntil } : null;
  }
  const measures = experiment.activeSince !== null || experiment.counts.receiving > 0;
  if (state === 'running' && measures && plannedEnd && plannedEnd <= now)
    return { kind: 'overdue', at: plannedEnd };
  return null;
}

/** Whether jobs can be started now in an experiment that was finished: its window is open, is over, or it was closed before that. */
export function windowStanding(
  experiment: { state: ExperimentDetail['state']; processingUntil: Date },
  now: Date,
): 'open' | 'over' | 'closed' {
  if (experiment.processingUntil <= now) return 'over';
  return experiment.state === 'closed' ? 'closed' : 'open';
}
