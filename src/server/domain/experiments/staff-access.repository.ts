import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, facility, instrument, instrumentStaff, person } from '../../db/schema/index.ts';
import { staffAccessEnds } from '../../db/tenant-floor.ts';

/** Until when staff see the experiment, and by what. */
export async function staffAccessOf(q: Queryable, experimentId: string) {
  const [row] = await q
    .select({
      instrumentName: instrument.name,
      proprietary: experiment.proprietary,
      finishedAt: experiment.finishedAt,
      endsAt: staffAccessEnds,
      extendedUntil: experiment.staffAccessUntil,
      policyDays: facility.staffAccessDays,
    })
    .from(experiment)
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .where(eq(experiment.id, experimentId));
  return row!;
}

/** Staff of the experiment's instrument who can sign in, by name. */
export async function staffOf(
  q: Queryable,
  experimentId: string,
): Promise<{ id: string; name: string; since: Date }[]> {
  return q
    .select({ id: person.id, name: person.name, since: instrumentStaff.createdAt })
    .from(experiment)
    .innerJoin(instrumentStaff, eq(instrumentStaff.instrumentId, experiment.instrumentId))
    .innerJoin(person, eq(person.id, instrumentStaff.personId))
    .where(and(eq(experiment.id, experimentId), isNull(person.disabledAt)))
    .orderBy(asc(person.name), asc(person.id));
}

export async function setStaffAccessUntil(
  tx: Transaction,
  experimentId: string,
  until: Date | null,
): Promise<void> {
  await tx.update(experiment).set({ staffAccessUntil: until }).where(eq(experiment.id, experimentId));
}
