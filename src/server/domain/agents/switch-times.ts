import type { DoubtfulSwitch } from '../../../shared/model/whose-data.ts';
import type { Queryable } from '../../db/client.ts';
import { siteSwitchesTouching } from './site-switch.repository.ts';

/** The switches of an instrument made on site that may have been within [from, to]: what `whoseData` is to know beside the history. */
export async function switchesMadeWithin(
  q: Queryable,
  instrumentId: string,
  from: Date,
  to: Date,
): Promise<DoubtfulSwitch[]> {
  return siteSwitchesTouching(q, instrumentId, from, to);
}
