import { and, asc, desc, eq, gt, ilike, inArray, lt, lte, or, sql } from 'drizzle-orm';
import type { LicenceOwner } from '../../../shared/model/accounting.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { containing } from '../../db/containing.ts';
import { facility, lab, labMember, ledgerEntry, licence, person } from '../../db/schema/index.ts';
import type { LicenceRow } from './ledger.repository.ts';

export interface ListedLicence {
  licence: LicenceRow;
  facilityName: string;
  timeZone: string;
  labName: string | null;
  personName: string | null;
  personEmail: string | null;
}

function licences(q: Queryable) {
  return q
    .select({
      licence,
      facilityName: facility.name,
      timeZone: facility.timeZone,
      labName: lab.name,
      personName: person.name,
      personEmail: person.email,
    })
    .from(licence)
    .innerJoin(facility, eq(facility.id, licence.facilityId))
    .leftJoin(lab, eq(lab.id, licence.labId))
    .leftJoin(person, eq(person.id, licence.personId));
}

/** Newest first: ids sort by creation. */
export async function listLicences(
  q: Queryable,
  filter: {
    facilityId: string;
    ownerKind?: LicenceOwner;
    search?: string;
    /** Only those valid at that time. */
    validAt?: Date;
    before?: string;
    limit: number;
  },
): Promise<ListedLicence[]> {
  const text = filter.search === undefined ? undefined : containing(filter.search);
  return licences(q)
    .where(
      and(
        eq(licence.facilityId, filter.facilityId),
        filter.ownerKind ? eq(licence.ownerKind, filter.ownerKind) : undefined,
        filter.validAt
          ? and(lte(licence.validFrom, filter.validAt), gt(licence.validUntil, filter.validAt))
          : undefined,
        text
          ? or(
              ilike(licence.name, text),
              ilike(lab.name, text),
              ilike(person.name, text),
              ilike(person.email, text),
            )
          : undefined,
        filter.before ? lt(licence.id, filter.before) : undefined,
      ),
    )
    .orderBy(desc(licence.id))
    .limit(filter.limit);
}

/** Those of a person and of their labs that are valid or were not long ago, what ends first first. */
export async function licencesOfPerson(
  q: Queryable,
  personId: string,
  endedAfter: Date,
): Promise<ListedLicence[]> {
  const labs = q.select({ labId: labMember.labId }).from(labMember).where(eq(labMember.personId, personId));
  return licences(q)
    .where(
      and(
        or(eq(licence.personId, personId), inArray(licence.labId, labs)),
        gt(licence.validUntil, endedAfter),
      ),
    )
    .orderBy(asc(licence.validUntil), asc(licence.id));
}

export async function findLicence(q: Queryable, licenceId: string): Promise<ListedLicence | null> {
  const [row] = await licences(q).where(eq(licence.id, licenceId));
  return row ?? null;
}

export async function insertLicence(tx: Transaction, row: typeof licence.$inferInsert): Promise<void> {
  await tx.insert(licence).values(row);
}

/** False when the licence ends at another time by now than the caller saw. */
export async function changeTerms(
  tx: Transaction,
  licenceId: string,
  expectedValidUntil: Date,
  set: Pick<LicenceRow, 'validUntil' | 'hotBytes' | 'archiveBytes' | 'processingWindowDays'>,
): Promise<boolean> {
  const changed = await tx
    .update(licence)
    .set(set)
    .where(and(eq(licence.id, licenceId), eq(licence.validUntil, expectedValidUntil)))
    .returning({ id: licence.id });
  return changed.length > 0;
}

export async function hasEntry(q: Queryable, entryId: string): Promise<boolean> {
  const rows = await q.select({ id: ledgerEntry.id }).from(ledgerEntry).where(eq(ledgerEntry.id, entryId));
  return rows.length > 0;
}

export async function findPersonByEmail(q: Queryable, email: string) {
  const [row] = await q
    .select({ id: person.id, name: person.name, email: person.email })
    .from(person)
    .where(eq(sql`lower(${person.email})`, email.toLowerCase()));
  return row ?? null;
}
