import { and, asc, count, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import type { DoubtfulSwitch } from '../../../shared/model/whose-data.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { agent, dataset, file, siteSwitch } from '../../db/schema/index.ts';

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

/** The switches of an instrument made on site, by any agent, that may have been within [from, to] as well as their clocks were known; in order. */
export async function siteSwitchesTouching(
  q: Queryable,
  instrumentId: string,
  from: Date,
  to: Date,
): Promise<DoubtfulSwitch[]> {
  const doubt = sql`${siteSwitch.clockDoubtMs} * interval '1 millisecond'`;
  return q
    .select({ at: siteSwitch.at, doubtMs: siteSwitch.clockDoubtMs })
    .from(siteSwitch)
    .innerJoin(agent, eq(agent.id, siteSwitch.agentId))
    .where(
      and(
        eq(agent.instrumentId, instrumentId),
        siteSwitch.applied,
        sql`${siteSwitch.at} - ${doubt} <= ${to.toISOString()}::timestamptz`,
        sql`${siteSwitch.at} + ${doubt} >= ${from.toISOString()}::timestamptz`,
      ),
    )
    .orderBy(asc(siteSwitch.at), asc(siteSwitch.id));
}

/** How many datasets, and files of none, of an experiment were acquired at the instrument within [from, to). */
export async function countAcquired(
  q: Queryable,
  of: { instrumentId: string; experimentId: string; from: Date; to: Date },
): Promise<{ datasets: number; files: number }> {
  const { instrumentId, experimentId, from, to } = of;
  const [datasets] = await q
    .select({ n: count() })
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, instrumentId),
        eq(dataset.experimentId, experimentId),
        gte(dataset.startedAt, from),
        lt(dataset.startedAt, to),
      ),
    );
  const [files] = await q
    .select({ n: count() })
    .from(file)
    .where(
      and(
        eq(file.instrumentId, instrumentId),
        eq(file.experimentId, experimentId),
        isNull(file.datasetId),
        eq(file.kind, 'other'),
        gte(file.sourceCreatedAt, from),
        lt(file.sourceCreatedAt, to),
      ),
    );
  return { datasets: datasets!.n, files: files!.n };
}
