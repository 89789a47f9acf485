import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { profile } from '../../db/schema/index.ts';

export type ProfileRow = typeof profile.$inferSelect;

/** The smallest first, retired ones behind the others. */
export async function listProfiles(q: Queryable, facilityId: string): Promise<ProfileRow[]> {
  return q
    .select()
    .from(profile)
    .where(eq(profile.facilityId, facilityId))
    .orderBy(
      sql`${profile.retiredAt} is not null`,
      asc(profile.cpus),
      asc(profile.priceMilli),
      asc(profile.id),
    );
}

export async function findProfile(q: Queryable, profileId: string): Promise<ProfileRow | null> {
  const [row] = await q.select().from(profile).where(eq(profile.id, profileId));
  return row ?? null;
}

/** False when a profile in use has this name. */
export async function insertProfile(tx: Transaction, row: typeof profile.$inferInsert): Promise<boolean> {
  const made = await tx.insert(profile).values(row).onConflictDoNothing().returning({ id: profile.id });
  return made.length > 0;
}

/** False when it was retired before. */
export async function retireProfile(tx: Transaction, profileId: string, at: Date): Promise<boolean> {
  const retired = await tx
    .update(profile)
    .set({ retiredAt: at })
    .where(and(eq(profile.id, profileId), isNull(profile.retiredAt)))
    .returning({ id: profile.id });
  return retired.length > 0;
}
