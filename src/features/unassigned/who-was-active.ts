import type { ActivationView } from '#src/server/domain/instruments/activation-history.ts';

type Period = Pick<ActivationView, 'startedAt' | 'endedAt' | 'experiment'>;

/** How an experiment stands to the time at which something was acquired. */
export interface ActiveThen {
  experimentId: string;
  when: 'then' | 'before' | 'after';
  /** `before`: when it ended; `after`: when it began; ms from the acquisition. */
  distanceMs: number;
}

/**
 * The experiments that may be meant, the likeliest first: the one active at that time, then the last active before and the first after,
 * the nearer one first.
 */
export function whoWasActive(periods: readonly Period[], at: Date): ActiveThen[] {
  const t = at.getTime();
  let before: ActiveThen | null = null;
  let after: ActiveThen | null = null;
  const then: ActiveThen[] = [];
  for (const { startedAt, endedAt, experiment } of periods) {
    const [start, end] = [startedAt.getTime(), endedAt?.getTime() ?? Number.POSITIVE_INFINITY];
    if (start <= t && t < end) {
      then.push({ experimentId: experiment.id, when: 'then', distanceMs: 0 });
    } else if (end <= t && (before === null || t - end < before.distanceMs)) {
      before = { experimentId: experiment.id, when: 'before', distanceMs: t - end };
    } else if (start > t && (after === null || start - t < after.distanceMs)) {
      after = { experimentId: experiment.id, when: 'after', distanceMs: start - t };
    }
  }
  const near = [before, after].filter((each) => each !== null).sort((a, b) => a.distanceMs - b.distanceMs);
  const found = new Map<string, ActiveThen>();
  for (const each of [...then, ...near]) {
    if (!found.has(each.experimentId)) found.set(each.experimentId, each);
  }
  return [...found.values()];
}
