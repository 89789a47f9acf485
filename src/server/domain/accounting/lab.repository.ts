import { and, asc, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { lab, labMember, person } from '../../db/schema/index.ts';

export type LabRow = typeof lab.$inferSelect;

export async function listLabs(q: Queryable, facilityId: string): Promise<LabRow[]> {
  return q.select().from(lab).where(eq(lab.facilityId, facilityId)).orderBy(asc(lab.name), asc(lab.id));
}

export async function peopleOfLabs(q: Queryable, facilityId: string) {
  return q
    .select({ labId: labMember.labId, id: person.id, name: person.name, email: person.email })
    .from(labMember)
    .innerJoin(lab, eq(lab.id, labMember.labId))
    .innerJoin(person, eq(person.id, labMember.personId))
    .where(eq(lab.facilityId, facilityId))
    .orderBy(asc(person.name), asc(person.id));
}

export async function isOfLab(q: Queryable, labId: string, personId: string): Promise<boolean> {
  const rows = await q
    .select({ labId: labMember.labId })
    .from(labMember)
    .where(and(eq(labMember.labId, labId), eq(labMember.personId, personId)));
  return rows.length > 0;
}

export async function findLab(q: Queryable, labId: string): Promise<LabRow | null> {
  const [row] = await q.select().from(lab).where(eq(lab.id, labId));
  return row ?? null;
}

/** False when the facility has a lab of this name, in whatever case. */
export async function insertLab(tx: Transaction, row: typeof lab.$inferInsert): Promise<boolean> {
  const made = await tx.insert(lab).values(row).onConflictDoNothing().returning({ id: lab.id });
  return made.length > 0;
}

export async function insertLabMember(tx: Transaction, row: typeof labMember.$inferInsert): Promise<boolean> {
  const made = await tx.insert(labMember).values(row).onConflictDoNothing().returning();
  return made.length > 0;
}

export async function deleteLabMember(tx: Transaction, labId: string, personId: string): Promise<boolean> {
  const gone = await tx
    .delete(labMember)
    .where(and(eq(labMember.labId, labId), eq(labMember.personId, personId)))
    .returning();
  return gone.length > 0;
}
