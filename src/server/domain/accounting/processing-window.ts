import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { facilityWindow, longestLicensedWindow } from './processing-window.repository.ts';

/**
 * Days after the end of an experiment in which it may be analysed, for an experiment that ends at `at`: the longest that a licence of the
 * facility valid then says, else the facility's own default. NOT_FOUND for a facility that is not there.
 */
export async function processingWindowDays(q: Queryable, facilityId: string, at: Date): Promise<number> {
  const licensed = await longestLicensedWindow(q, facilityId, at);
  if (licensed !== null) return licensed;
  const days = await facilityWindow(q, facilityId);
  if (days === null) throw new AppError('NOT_FOUND', 'There is no such facility.');
  return days;
}
