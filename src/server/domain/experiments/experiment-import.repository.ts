import { and, eq, isNull } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { experiment, instrument, instrumentStaff } from '../../db/schema/index.ts';
import type { InstrumentRow } from './access.repository.ts';

/** The instruments of a facility that a person is staff of; all of them where nobody is given. */
export async function staffedInstruments(
  q: Queryable,
  personId: string | null,
  facilityId: string,
): Promise<InstrumentRow[]> {
  const ofFacility = eq(instrument.facilityId, facilityId);
  if (personId === null) return q.select().from(instrument).where(ofFacility);
  const rows = await q
    .select({ instrument })
    .from(instrument)
    .innerJoin(
      instrumentStaff,
      and(eq(instrumentStaff.instrumentId, instrument.id), eq(instrumentStaff.personId, personId)),
    )
    .where(ofFacility);
  return rows.map((row) => row.instrument);
}

/** The code of an experiment at the instrument with this title and planned start; null where there is none. */
export async function alikeExperiment(
  q: Queryable,
  instrumentId: string,
  title: string,
  plannedStart: Date | null,
): Promise<string | null> {
  const [row] = await q
    .select({ code: experiment.code })
    .from(experiment)
    .where(
      and(
        eq(experiment.instrumentId, instrumentId),
        eq(experiment.title, title),
        plannedStart === null ? isNull(experiment.plannedStart) : eq(experiment.plannedStart, plannedStart),
      ),
    )
    .limit(1);
  return row?.code ?? null;
}
