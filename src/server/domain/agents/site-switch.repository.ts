import { eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { siteSwitch } from '../../db/schema/index.ts';

export async function isSiteSwitchKnown(q: Queryable, switchId: string): Promise<boolean> {
  const rows = await q.select({ id: siteSwitch.id }).from(siteSwitch).where(eq(siteSwitch.id, switchId));
  return rows.length > 0;
}

/** False when the switch was stored before. */
export async function insertSiteSwitch(
  tx: Transaction,
  row: typeof siteSwitch.$inferInsert,
): Promise<boolean> {
  const rows = await tx.insert(siteSwitch).values(row).onConflictDoNothing().returning({ id: siteSwitch.id });
  return rows.length > 0;
}

/** What became of a stored switch. */
export async function settleSiteSwitch(
  tx: Transaction,
  switchId: string,
  outcome: Pick<typeof siteSwitch.$inferInsert, 'experimentId' | 'applied' | 'refusal'>,
): Promise<void> {
  await tx.update(siteSwitch).set(outcome).where(eq(siteSwitch.id, switchId));
}
