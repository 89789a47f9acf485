import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from './client.ts';
import {
  experiment,
  facility,
  facilityAdmin,
  instrument,
  instrumentStaff,
  lab,
  labMember,
  membership,
  person,
} from './schema/index.ts';

/*
 * People have accounts of the installation, not of a facility. These conditions on a row of `person` say whom a facility has to do with.
 */

/** Whether something ties the person to a facility for which `where` holds: a membership, an instrument, a lab, being admin. */
const tied = (where: (facilityId: SQL) => SQL): SQL => sql`(
  exists (select 1 from ${membership} join ${experiment} on ${experiment.id} = ${membership.experimentId}
    where ${membership.personId} = ${person.id} and ${where(sql`${experiment.facilityId}`)})
  or exists (select 1 from ${instrumentStaff} join ${instrument} on ${instrument.id} = ${instrumentStaff.instrumentId}
    where ${instrumentStaff.personId} = ${person.id} and ${where(sql`${instrument.facilityId}`)})
  or exists (select 1 from ${labMember} join ${lab} on ${lab.id} = ${labMember.labId}
    where ${labMember.personId} = ${person.id} and ${where(sql`${lab.facilityId}`)})
  or exists (select 1 from ${facilityAdmin}
    where ${facilityAdmin.personId} = ${person.id} and ${where(sql`${facilityAdmin.facilityId}`)}))`;

/** Whether the person has to do with the facility whose id a column of the statement holds. */
export const hasToDoWith = (facilityId: SQL) => tied((id) => sql`${id} = ${facilityId}`);

const tiedTo = (facilityId: string) => tied((id) => sql`${id} = ${facilityId}`);
/** Whether another facility has to do with the person too. */
export const tiedElsewhere = (facilityId: string) => tied((id) => sql`${id} <> ${facilityId}`);

/** People of a facility: whom something ties to it, and whom nothing ties to any other. */
export const isOfFacility = (facilityId: string): SQL =>
  sql`(${tiedTo(facilityId)} or not ${tiedElsewhere(facilityId)})`;

/** Whether this facility is the only one of the installation: then everybody and everything is its own, and nothing has to be looked through for that. */
export async function isOnlyFacility(q: Queryable, facilityId: string): Promise<boolean> {
  const rows = await q.select({ id: facility.id }).from(facility).limit(2);
  return rows.length === 1 && rows[0]!.id === facilityId;
}
