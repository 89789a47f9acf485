import { and, eq, inArray } from 'drizzle-orm';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import { experiment, facilityAdmin, instrument, instrumentStaff, membership } from '../../db/schema/index.ts';

export type ExperimentRow = typeof experiment.$inferSelect;
export type InstrumentRow = typeof instrument.$inferSelect;

export interface ExperimentAccess {
  experiment: ExperimentRow;
  memberRole: ExperimentRole | null;
  isStaff: boolean;
  isAdmin: boolean;
}

export interface InstrumentAccess {
  instrument: InstrumentRow;
  isStaff: boolean;
  isAdmin: boolean;
}

/** The experiments of these ids with what the person holds in each; one statement however many ids. */
export async function experimentAccess(
  q: Queryable,
  personId: string,
  experimentIds: readonly string[],
): Promise<ExperimentAccess[]> {
  if (experimentIds.length === 0) return [];
  const rows = await q
    .select({
      experiment,
      memberRole: membership.role,
      staffId: instrumentStaff.personId,
      adminId: facilityAdmin.personId,
    })
    .from(experiment)
    .leftJoin(membership, and(eq(membership.experimentId, experiment.id), eq(membership.personId, personId)))
    .leftJoin(
      instrumentStaff,
      and(eq(instrumentStaff.instrumentId, experiment.instrumentId), eq(instrumentStaff.personId, personId)),
    )
    .leftJoin(
      facilityAdmin,
      and(eq(facilityAdmin.facilityId, experiment.facilityId), eq(facilityAdmin.personId, personId)),
    )
    .where(inArray(experiment.id, [...experimentIds]));
  return rows.map(({ staffId, adminId, ...row }) => ({
    ...row,
    isStaff: staffId !== null,
    isAdmin: adminId !== null,
  }));
}

export async function instrumentAccess(
  q: Queryable,
  personId: string,
  instrumentId: string,
): Promise<InstrumentAccess | null> {
  const [row] = await q
    .select({ instrument, staffId: instrumentStaff.personId, adminId: facilityAdmin.personId })
    .from(instrument)
    .leftJoin(
      instrumentStaff,
      and(eq(instrumentStaff.instrumentId, instrument.id), eq(instrumentStaff.personId, personId)),
    )
    .leftJoin(
      facilityAdmin,
      and(eq(facilityAdmin.facilityId, instrument.facilityId), eq(facilityAdmin.personId, personId)),
    )
    .where(eq(instrument.id, instrumentId));
  if (!row) return null;
  return { instrument: row.instrument, isStaff: row.staffId !== null, isAdmin: row.adminId !== null };
}

export async function findExperiment(q: Queryable, experimentId: string): Promise<ExperimentRow | null> {
  const rows = await q.select().from(experiment).where(eq(experiment.id, experimentId));
  return rows[0] ?? null;
}

export async function findExperimentByCode(q: Queryable, code: string): Promise<ExperimentRow | null> {
  const rows = await q.select().from(experiment).where(eq(experiment.code, code));
  return rows[0] ?? null;
}

export async function findInstrument(q: Queryable, instrumentId: string): Promise<InstrumentRow | null> {
  const rows = await q.select().from(instrument).where(eq(instrument.id, instrumentId));
  return rows[0] ?? null;
}

export async function isFacilityAdmin(q: Queryable, facilityId: string, personId: string): Promise<boolean> {
  const rows = await q
    .select({ personId: facilityAdmin.personId })
    .from(facilityAdmin)
    .where(and(eq(facilityAdmin.facilityId, facilityId), eq(facilityAdmin.personId, personId)));
  return rows.length > 0;
}
