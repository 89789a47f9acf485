import { and, eq, inArray } from 'drizzle-orm';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import { experiment, facilityAdmin, instrument, instrumentStaff, membership } from '../../db/schema/index.ts';
import { readsThroughProject, staffStillSee } from '../../db/tenant-floor.ts';

/** An experiment or a project. */
export type ContainerRow = typeof experiment.$inferSelect;
export type ExperimentRow = ContainerRow & { kind: 'experiment'; instrumentId: string };
export type ProjectRow = ContainerRow & { kind: 'project'; instrumentId: null };
export type InstrumentRow = typeof instrument.$inferSelect;

/** The row, where it is that of an experiment; null where there is none, or it is a project's. */
export const experimentOnly = (row: ContainerRow | null | undefined): ExperimentRow | null =>
  row?.kind === 'experiment' ? (row as ExperimentRow) : null;
/** Those of the rows that are of experiments. */
export const onlyExperiments = (rows: readonly ContainerRow[]): ExperimentRow[] =>
  rows.map(experimentOnly).filter((row) => row !== null);

export interface ExperimentAccess {
  experiment: ContainerRow;
  memberRole: ExperimentRole | null;
  /** In a project that the experiment is linked to. */
  isReader: boolean;
  /** Staff of its instrument whose access to it has not lapsed. */
  isStaff: boolean;
  isAdmin: boolean;
}

export interface InstrumentAccess {
  instrument: InstrumentRow;
  isStaff: boolean;
  isAdmin: boolean;
}

/** The experiments and projects of these ids with what the person holds in each at this moment; one statement however many ids. */
export async function experimentAccess(
  q: Queryable,
  personId: string,
  experimentIds: readonly string[],
  now: Date,
): Promise<ExperimentAccess[]> {
  if (experimentIds.length === 0) return [];
  const rows = await q
    .select({
      experiment,
      memberRole: membership.role,
      isReader: readsThroughProject(personId),
      staffId: instrumentStaff.personId,
      adminId: facilityAdmin.personId,
    })
    .from(experiment)
    .leftJoin(membership, and(eq(membership.experimentId, experiment.id), eq(membership.personId, personId)))
    .leftJoin(
      instrumentStaff,
      and(
        eq(instrumentStaff.instrumentId, experiment.instrumentId),
        eq(instrumentStaff.personId, personId),
        staffStillSee(now),
      ),
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

/** An experiment or a project. */
export async function findContainer(q: Queryable, id: string): Promise<ContainerRow | null> {
  const rows = await q.select().from(experiment).where(eq(experiment.id, id));
  return rows[0] ?? null;
}

/** Codes are unique among both. */
export async function findContainerByCode(q: Queryable, code: string): Promise<ContainerRow | null> {
  const rows = await q.select().from(experiment).where(eq(experiment.code, code));
  return rows[0] ?? null;
}

export const findExperiment = async (q: Queryable, experimentId: string): Promise<ExperimentRow | null> =>
  experimentOnly(await findContainer(q, experimentId));

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
