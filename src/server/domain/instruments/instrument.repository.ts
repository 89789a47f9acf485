import { and, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  activation,
  experiment,
  facility,
  facilityAdmin,
  instrument,
  instrumentStaff,
  membership,
  person,
} from '../../db/schema/index.ts';

export type FacilityRow = typeof facility.$inferSelect;
export type InstrumentRow = typeof instrument.$inferSelect;

export async function findFacilityByCode(q: Queryable, code: string): Promise<FacilityRow | null> {
  const [row] = await q.select().from(facility).where(eq(facility.code, code));
  return row ?? null;
}

export async function listFacilities(q: Queryable): Promise<FacilityRow[]> {
  return q.select().from(facility).orderBy(asc(facility.code));
}

/** Null when the code is taken. */
export async function insertFacility(
  tx: Transaction,
  row: typeof facility.$inferInsert,
): Promise<FacilityRow | null> {
  const [inserted] = await tx
    .insert(facility)
    .values(row)
    .onConflictDoNothing({ target: facility.code })
    .returning();
  return inserted ?? null;
}

export async function insertFacilityAdmin(
  tx: Transaction,
  row: typeof facilityAdmin.$inferInsert,
): Promise<boolean> {
  const inserted = await tx.insert(facilityAdmin).values(row).onConflictDoNothing().returning();
  return inserted.length === 1;
}

/** Null when the slug is taken. */
export async function insertInstrument(
  tx: Transaction,
  row: typeof instrument.$inferInsert,
): Promise<InstrumentRow | null> {
  const [inserted] = await tx
    .insert(instrument)
    .values(row)
    .onConflictDoNothing({ target: instrument.slug })
    .returning();
  return inserted ?? null;
}

export async function findInstrumentBySlug(q: Queryable, slug: string): Promise<InstrumentRow | null> {
  const [row] = await q.select().from(instrument).where(eq(instrument.slug, slug));
  return row ?? null;
}

export async function isInstrumentOf(
  q: Queryable,
  facilityId: string,
  instrumentId: string,
): Promise<boolean> {
  const rows = await q
    .select({ id: instrument.id })
    .from(instrument)
    .where(and(eq(instrument.id, instrumentId), eq(instrument.facilityId, facilityId)));
  return rows.length > 0;
}

export async function insertStaff(
  tx: Transaction,
  row: typeof instrumentStaff.$inferInsert,
): Promise<boolean> {
  const inserted = await tx.insert(instrumentStaff).values(row).onConflictDoNothing().returning();
  return inserted.length === 1;
}

export async function deleteStaff(tx: Transaction, instrumentId: string, personId: string): Promise<boolean> {
  const deleted = await tx
    .delete(instrumentStaff)
    .where(and(eq(instrumentStaff.instrumentId, instrumentId), eq(instrumentStaff.personId, personId)))
    .returning();
  return deleted.length === 1;
}

export async function listStaff(
  q: Queryable,
  instrumentId: string,
): Promise<{ id: string; name: string; email: string }[]> {
  return q
    .select({ id: person.id, name: person.name, email: person.email })
    .from(instrumentStaff)
    .innerJoin(person, eq(person.id, instrumentStaff.personId))
    .where(eq(instrumentStaff.instrumentId, instrumentId))
    .orderBy(asc(person.name));
}

export interface ReachableInstrument {
  instrument: InstrumentRow;
  facility: FacilityRow;
  isStaff: boolean;
  isAdmin: boolean;
  /** The person's experiments at this instrument. */
  experimentIds: string[];
}

/** The instruments a person has to do with: as staff, as admin of the facility, or by an experiment. `personId` null: all. */
export async function listReachable(
  q: Queryable,
  personId: string | null,
  slug?: string,
): Promise<ReachableInstrument[]> {
  const who = personId ?? '00000000-0000-0000-0000-000000000000';
  const mine = q
    .select({
      instrumentId: experiment.instrumentId,
      experimentIds: sql<string[]>`array_agg(${experiment.id})`.as('experiment_ids'),
    })
    .from(membership)
    .innerJoin(experiment, eq(experiment.id, membership.experimentId))
    .where(eq(membership.personId, who))
    .groupBy(experiment.instrumentId)
    .as('mine');
  const rows = await q
    .select({
      instrument,
      facility,
      staffId: instrumentStaff.personId,
      adminId: facilityAdmin.personId,
      experimentIds: mine.experimentIds,
    })
    .from(instrument)
    .innerJoin(facility, eq(facility.id, instrument.facilityId))
    .leftJoin(
      instrumentStaff,
      and(eq(instrumentStaff.instrumentId, instrument.id), eq(instrumentStaff.personId, who)),
    )
    .leftJoin(
      facilityAdmin,
      and(eq(facilityAdmin.facilityId, instrument.facilityId), eq(facilityAdmin.personId, who)),
    )
    .leftJoin(mine, eq(mine.instrumentId, instrument.id))
    .where(
      and(
        slug === undefined ? undefined : eq(instrument.slug, slug),
        personId === null
          ? undefined
          : or(
              sql`${instrumentStaff.personId} is not null`,
              sql`${facilityAdmin.personId} is not null`,
              sql`${mine.instrumentId} is not null`,
            ),
      ),
    )
    .orderBy(asc(instrument.name), asc(instrument.id));
  return rows.map((row) => ({
    instrument: row.instrument,
    facility: row.facility,
    isStaff: row.staffId !== null,
    isAdmin: row.adminId !== null,
    experimentIds: row.experimentIds ?? [],
  }));
}

export interface ActiveAtInstrument {
  instrumentId: string;
  since: Date;
  experiment: typeof experiment.$inferSelect;
}

export async function activeExperiments(
  q: Queryable,
  instrumentIds: readonly string[],
): Promise<ActiveAtInstrument[]> {
  if (instrumentIds.length === 0) return [];
  return q
    .select({ instrumentId: activation.instrumentId, since: activation.startedAt, experiment })
    .from(activation)
    .innerJoin(experiment, eq(experiment.id, activation.experimentId))
    .where(and(inArray(activation.instrumentId, [...instrumentIds]), isNull(activation.endedAt)));
}
