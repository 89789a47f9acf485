import { and, inArray, isNull, or, type SQL } from 'drizzle-orm';
import { experiment } from '../../db/schema/index.ts';
import { staffStillSee } from '../../db/tenant-floor.ts';

/** What a cockpit shows of an instrument, and when. */
export interface CockpitScope {
  instrumentId: string;
  /** Narrows it to a member's own; null: everything that staff still see. */
  experimentIds: readonly string[] | null;
  at: Date;
}

/**
 * The experiments whose things are in the scope; the floor in every statement that shows more than a number. For statements of which
 * `experiment` is one table; `orNobodys` where data without an experiment (a left join) are in it too, which staff alone see.
 */
export function inScope(scope: CockpitScope, { orNobodys = false } = {}): SQL | undefined {
  if (scope.experimentIds !== null) return inArray(experiment.id, [...scope.experimentIds]);
  const visible = staffStillSee(scope.at);
  return orNobodys ? or(isNull(experiment.id), visible) : and(visible);
}
