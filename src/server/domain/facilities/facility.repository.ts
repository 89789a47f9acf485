import { and, asc, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { facility, facilityAdmin, instrument, instrumentStaff, person } from '../../db/schema/index.ts';
import type { AdministeredFacility, AdministeredInstrument } from './facility.types.ts';

export type FacilityRow = typeof facility.$inferSelect;

/** `personId` null: all. */
export async function facilitiesOf(q: Queryable, personId: string | null): Promise<AdministeredFacility[]> {
  const columns = {
    facilityId: facility.id,
    code: facility.code,
    name: facility.name,
    timeZone: facility.timeZone,
  };
  if (personId === null) return q.select(columns).from(facility).orderBy(asc(facility.code));
  return q
    .select(columns)
    .from(facilityAdmin)
    .innerJoin(facility, eq(facility.id, facilityAdmin.facilityId))
    .where(eq(facilityAdmin.personId, personId))
    .orderBy(asc(facility.code));
}

export async function findFacility(q: Queryable, facilityId: string): Promise<FacilityRow | null> {
  const [row] = await q.select().from(facility).where(eq(facility.id, facilityId));
  return row ?? null;
}

/** Holds the facility until the transaction ends: of two who would take the last admin away one waits, and sees what the other did. */
export async function lockFacility(tx: Transaction, facilityId: string): Promise<FacilityRow> {
  const [row] = await tx.select().from(facility).where(eq(facility.id, facilityId)).for('update');
  return row!;
}

export async function setPolicies(
  tx: Transaction,
  facilityId: string,
  set: Pick<FacilityRow, 'staffAccessDays' | 'processingWindowDays'>,
): Promise<void> {
  await tx.update(facility).set(set).where(eq(facility.id, facilityId));
}

export async function instrumentsOf(q: Queryable, facilityId: string): Promise<AdministeredInstrument[]> {
  const rows = await q
    .select()
    .from(instrument)
    .where(eq(instrument.facilityId, facilityId))
    .orderBy(asc(instrument.name), asc(instrument.id));
  const staff = await q
    .select({
      instrumentId: instrumentStaff.instrumentId,
      id: person.id,
      name: person.name,
      email: person.email,
    })
    .from(instrumentStaff)
    .innerJoin(instrument, eq(instrument.id, instrumentStaff.instrumentId))
    .innerJoin(person, eq(person.id, instrumentStaff.personId))
    .where(eq(instrument.facilityId, facilityId))
    .orderBy(asc(person.name), asc(person.id));
  return rows.map(({ id, slug, name, description, promiseMs }) => ({
    ...{ instrumentId: id, slug, name, description, promiseMs },
    staff: staff.filter((one) => one.instrumentId === id).map(({ instrumentId: _, ...somebody }) => somebody),
  }));
}

/** The instrument, held until the transaction ends; null when it is not this facility's. */
export async function lockInstrumentOf(tx: Transaction, facilityId: string, instrumentId: string) {
  const [row] = await tx
    .select()
    .from(instrument)
    .where(and(eq(instrument.id, instrumentId), eq(instrument.facilityId, facilityId)))
    .for('update');
  return row ?? null;
}

export async function changeInstrument(
  tx: Transaction,
  instrumentId: string,
  set: { name: string; description: string; promiseMs: number },
): Promise<void> {
  await tx.update(instrument).set(set).where(eq(instrument.id, instrumentId));
}
