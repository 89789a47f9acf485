import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { findCandidates, placeOfInstrument } from './sponsor.repository.ts';

/** Of no experiment: rules for a single one are none that staff of an instrument choose by. */
const NO_EXPERIMENT = '00000000-0000-0000-0000-000000000000';

/** The licences that may be chosen to pay for what an instrument starts by itself: the facility's, and those with a rule for it; valid ones, by name. */
export async function payableLicences(
  q: Queryable,
  ctx: ServiceContext,
  instrumentId: string,
): Promise<{ id: string; name: string }[]> {
  const place = await placeOfInstrument(q, instrumentId);
  if (!place) return [];
  const run = { facilityId: place.facilityId, personId: null, instrumentId };
  const found = await findCandidates(q, { ...run, experimentId: NO_EXPERIMENT, templateSlug: '' });
  const now = ctx.now();
  return found
    .filter(({ licence }) => licence.validUntil > now)
    .map(({ licence }) => ({ id: licence.id, name: licence.name }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
