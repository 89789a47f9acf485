import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import { experiment, facility, instrument, membership, person } from '../../db/schema/index.ts';

/** People of an experiment with one of these roles whose accounts count; `isProved`: they can be written to. */
export async function peopleWith(
  q: Queryable,
  experimentId: string,
  roles: readonly ExperimentRole[],
): Promise<{ id: string; name: string; email: string; isProved: boolean }[]> {
  const rows = await q
    .select({ id: person.id, name: person.name, email: person.email, provedAt: person.emailVerifiedAt })
    .from(membership)
    .innerJoin(person, eq(person.id, membership.personId))
    .where(
      and(
        eq(membership.experimentId, experimentId),
        inArray(membership.role, [...roles]),
        isNull(person.disabledAt),
      ),
    )
    .orderBy(person.id);
  return rows.map(({ provedAt, ...row }) => ({ ...row, isProved: provedAt !== null }));
}

export async function placeOfExperiment(
  q: Queryable,
  experimentId: string,
): Promise<{ code: string; instrumentName: string; timeZone: string }> {
  const [row] = await q
    .select({ code: experiment.code, instrumentName: instrument.name, timeZone: facility.timeZone })
    .from(experiment)
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .where(eq(experiment.id, experimentId));
  return row!;
}
