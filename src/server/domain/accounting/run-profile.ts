import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import { listProfiles, type ProfileRow } from './profile.repository.ts';
import { placeOfInstrument } from './sponsor.repository.ts';

/** The profiles in which something may be started at an instrument, the smallest first. */
export async function profilesAt(q: Queryable, instrumentId: string): Promise<ProfileRow[]> {
  const place = await placeOfInstrument(q, instrumentId);
  if (!place) return [];
  return (await listProfiles(q, place.facilityId)).filter(({ retiredAt }) => retiredAt === null);
}

/**
 * The profile of a run: the one that is wanted, else the smallest without a GPU that has the memory a program may take, else the one with most
 * memory. Null where the facility has none: then a run counts as one CPU. NOT_FOUND for one that is not there or retired.
 */
export function profileFor(
  profiles: readonly ProfileRow[],
  wantedId: string | null,
  memoryBytes: number,
): ProfileRow | null {
  if (wantedId !== null) {
    const wanted = profiles.find(({ id }) => id === wantedId);
    if (!wanted) throw new AppError('NOT_FOUND', 'There is no such profile, or it was retired.');
    return wanted;
  }
  const usual = profiles.find((row) => row.gpu === null && row.memoryBytes >= memoryBytes);
  const [largest] = [...profiles].sort((a, b) => b.memoryBytes - a.memoryBytes);
  return usual ?? largest ?? null;
}
