import { and, eq, gt, lte, max } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { facility, licence } from '../../db/schema/index.ts';

/** Null when no licence that the facility itself owns is valid at that time, or none says a window. */
export async function longestLicensedWindow(
  q: Queryable,
  facilityId: string,
  at: Date,
): Promise<number | null> {
  const [row] = await q
    .select({ days: max(licence.processingWindowDays) })
    .from(licence)
    .where(
      and(
        eq(licence.facilityId, facilityId),
        eq(licence.ownerKind, 'facility'),
        lte(licence.validFrom, at),
        gt(licence.validUntil, at),
      ),
    );
  return row?.days ?? null;
}

export async function facilityWindow(q: Queryable, facilityId: string): Promise<number | null> {
  const [row] = await q
    .select({ days: facility.processingWindowDays })
    .from(facility)
    .where(eq(facility.id, facilityId));
  return row?.days ?? null;
}
