import { and, asc, eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, facility, facilityAdmin, networkPermission, person } from '../../db/schema/index.ts';

/** The facility of an experiment, and since when it lets this version reach the network; null: it does not. */
export async function permissionFor(q: Queryable, jobTemplateId: string, experimentId: string) {
  const [row] = await q
    .select({ facilityName: facility.name, allowedAt: networkPermission.allowedAt })
    .from(experiment)
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .leftJoin(
      networkPermission,
      and(
        eq(networkPermission.facilityId, experiment.facilityId),
        eq(networkPermission.jobTemplateId, jobTemplateId),
      ),
    )
    .where(eq(experiment.id, experimentId));
  return row ?? null;
}

/** The facilities that let a version reach the network, and who said so. */
export async function permissionsOf(q: Queryable, jobTemplateId: string) {
  return q
    .select({
      facilityId: facility.id,
      facilityName: facility.name,
      allowedByName: person.name,
      allowedAt: networkPermission.allowedAt,
    })
    .from(networkPermission)
    .innerJoin(facility, eq(facility.id, networkPermission.facilityId))
    .leftJoin(person, eq(person.id, networkPermission.allowedBy))
    .where(eq(networkPermission.jobTemplateId, jobTemplateId))
    .orderBy(asc(facility.name));
}

export async function administeredBy(q: Queryable, personId: string) {
  return q
    .select({ facilityId: facility.id, facilityName: facility.name })
    .from(facilityAdmin)
    .innerJoin(facility, eq(facility.id, facilityAdmin.facilityId))
    .where(eq(facilityAdmin.personId, personId))
    .orderBy(asc(facility.name));
}

/** False when it is allowed already. */
export async function insertPermission(
  tx: Transaction,
  row: typeof networkPermission.$inferInsert,
): Promise<boolean> {
  const rows = await tx
    .insert(networkPermission)
    .values(row)
    .onConflictDoNothing()
    .returning({ facilityId: networkPermission.facilityId });
  return rows.length > 0;
}

/** False when it is not allowed. */
export async function deletePermission(
  tx: Transaction,
  of: { jobTemplateId: string; facilityId: string },
): Promise<boolean> {
  const rows = await tx
    .delete(networkPermission)
    .where(
      and(
        eq(networkPermission.jobTemplateId, of.jobTemplateId),
        eq(networkPermission.facilityId, of.facilityId),
      ),
    )
    .returning({ facilityId: networkPermission.facilityId });
  return rows.length > 0;
}
