import type { Alarm } from '../../../shared/model/alarms.ts';
import type { Queryable } from '../../db/client.ts';
import { alarmsFrom, cockpitFacts } from './cockpit-facts.ts';
import type { InstrumentRow } from './instrument.repository.ts';

/** The alarms of an instrument now, from what its cockpit shows to staff, and the names of its agents by their ids. */
export async function instrumentAlarms(
  q: Queryable,
  instrument: Pick<InstrumentRow, 'id' | 'promiseMs'>,
  now: Date,
): Promise<{ alarms: Alarm[]; agentNames: ReadonlyMap<string, string> }> {
  const facts = await cockpitFacts(q, { instrumentId: instrument.id, experimentIds: null, at: now });
  return {
    alarms: alarmsFrom(facts, instrument, now),
    agentNames: new Map(facts.agents.map((agent) => [agent.id, agent.name])),
  };
}
