import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { agent, dataset, datasetPart } from '../../db/schema/index.ts';
import type { DatasetRow } from './series.repository.ts';

export type PartRow = typeof datasetPart.$inferSelect;

/** What tells a series from all others of its instrument. */
interface SeriesName {
  detectorSerialNumber: string;
  seriesUniqueId: string;
}

/** Lets one request at a time open this series, until the transaction ends. */
export async function lockSeries(
  tx: Transaction,
  instrumentId: string,
  { detectorSerialNumber, seriesUniqueId }: SeriesName,
): Promise<void> {
  const name = JSON.stringify(['series', instrumentId, detectorSerialNumber, seriesUniqueId]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/** The part that was opened, or joined, under this key, with its dataset. */
export async function findPart(
  q: Queryable,
  seriesKey: string,
): Promise<{ part: PartRow; dataset: DatasetRow } | null> {
  const [row] = await q
    .select({ part: datasetPart, dataset })
    .from(datasetPart)
    .innerJoin(dataset, eq(dataset.id, datasetPart.datasetId))
    .where(eq(datasetPart.seriesKey, seriesKey));
  return row ?? null;
}

/** The newest dataset of this series that several agents receive, and the agents that have opened it. */
export async function findShared(
  q: Queryable,
  instrumentId: string,
  { detectorSerialNumber, seriesUniqueId }: SeriesName,
): Promise<{ dataset: DatasetRow; agentIds: string[] } | null> {
  const [row] = await q
    .select()
    .from(dataset)
    .where(
      and(
        eq(dataset.instrumentId, instrumentId),
        eq(dataset.detectorSerialNumber, detectorSerialNumber),
        eq(dataset.seriesUniqueId, seriesUniqueId),
        eq(dataset.sourceKind, 'stream'),
        sql`${dataset.participants} > 1`,
      ),
    )
    .orderBy(desc(dataset.createdAt))
    .limit(1);
  if (!row) return null;
  return { dataset: row, agentIds: (await partsOf(q, row.id)).map(({ agentId }) => agentId) };
}

/** The parts of a dataset, in the order in which they were opened. */
export async function partsOf(q: Queryable, datasetId: string): Promise<PartRow[]> {
  return q
    .select()
    .from(datasetPart)
    .where(eq(datasetPart.datasetId, datasetId))
    .orderBy(datasetPart.openedAt, datasetPart.seriesKey);
}

export async function insertPart(tx: Transaction, row: typeof datasetPart.$inferInsert): Promise<void> {
  await tx.insert(datasetPart).values(row);
}

export async function updatePart(
  tx: Transaction,
  seriesKey: string,
  changes: Partial<typeof datasetPart.$inferInsert>,
): Promise<void> {
  await tx.update(datasetPart).set(changes).where(eq(datasetPart.seriesKey, seriesKey));
}

/** Datasets of several agents that have not ended and were opened before `before`, oldest first. */
export async function sharedStillOpen(q: Queryable, before: Date, limit: number): Promise<DatasetRow[]> {
  return q
    .select()
    .from(dataset)
    .where(and(isNull(dataset.ending), sql`${dataset.participants} > 1`, lt(dataset.createdAt, before)))
    .orderBy(dataset.createdAt)
    .limit(limit);
}

/** When the agent was last heard, by heartbeat. */
export async function lastSeen(q: Queryable, agentId: string): Promise<Date | null> {
  const [row] = await q.select({ at: agent.lastSeenAt }).from(agent).where(eq(agent.id, agentId));
  return row?.at ?? null;
}
