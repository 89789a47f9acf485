import { and, eq, gt, isNull, lte, max } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { activation, dataset, experiment, experimentNotice } from '../../db/schema/index.ts';
import { type ExperimentRow, onlyExperiments } from './access.repository.ts';

export type ExperimentNotice = (typeof experimentNotice.$inferInsert)['kind'];

/** Experiments that are Processing and have no window: finished before there were windows. */
export async function withoutWindow(q: Queryable, limit: number): Promise<ExperimentRow[]> {
  const rows = await q
    .select()
    .from(experiment)
    .where(and(eq(experiment.state, 'processing'), isNull(experiment.processingUntil)))
    .limit(limit);
  return onlyExperiments(rows);
}

/** Running experiments whose planned end has passed. */
export async function beyondPlannedEnd(q: Queryable, now: Date, limit: number): Promise<ExperimentRow[]> {
  const rows = await q
    .select()
    .from(experiment)
    .where(and(eq(experiment.state, 'running'), lte(experiment.plannedEnd, now)))
    .orderBy(experiment.plannedEnd)
    .limit(limit);
  return onlyExperiments(rows);
}

/** Experiments whose processing window ends between `now` and `before`, which is not included. */
export async function endingSoon(q: Queryable, now: Date, before: Date): Promise<ExperimentRow[]> {
  const rows = await q
    .select()
    .from(experiment)
    .where(
      and(
        eq(experiment.state, 'processing'),
        gt(experiment.processingUntil, now),
        lte(experiment.processingUntil, before),
      ),
    );
  return onlyExperiments(rows);
}

/** Experiments that are Processing though their window is over. */
export async function windowOver(q: Queryable, now: Date, limit: number): Promise<ExperimentRow[]> {
  const rows = await q
    .select()
    .from(experiment)
    .where(and(eq(experiment.state, 'processing'), lte(experiment.processingUntil, now)))
    .limit(limit);
  return onlyExperiments(rows);
}

/** Closes it unless its window was moved meanwhile. */
export async function closeOver(tx: Transaction, experimentId: string, now: Date): Promise<boolean> {
  const closed = await tx
    .update(experiment)
    .set({ state: 'closed' })
    .where(
      and(
        eq(experiment.id, experimentId),
        eq(experiment.state, 'processing'),
        lte(experiment.processingUntil, now),
      ),
    )
    .returning({ id: experiment.id });
  return closed.length === 1;
}

export async function setWindow(tx: Transaction, experimentId: string, until: Date): Promise<void> {
  await tx
    .update(experiment)
    .set({ processingUntil: until })
    .where(
      and(
        eq(experiment.id, experimentId),
        eq(experiment.state, 'processing'),
        isNull(experiment.processingUntil),
      ),
    );
}

/** Whether data of the experiment are on their way: a dataset that is still received. */
export async function isReceiving(q: Queryable, experimentId: string): Promise<boolean> {
  const [row] = await q
    .select({ id: dataset.id })
    .from(dataset)
    .where(and(eq(dataset.experimentId, experimentId), eq(dataset.state, 'receiving')))
    .limit(1);
  return row !== undefined;
}

/** When it was last active; null when it never was. */
export async function lastActiveAt(q: Queryable, experimentId: string): Promise<Date | null> {
  const [row] = await q
    .select({ at: max(activation.endedAt) })
    .from(activation)
    .where(eq(activation.experimentId, experimentId));
  return row?.at ?? null;
}

/** False when it was told before. */
export async function insertNotice(
  tx: Transaction,
  row: typeof experimentNotice.$inferInsert,
): Promise<boolean> {
  const inserted = await tx
    .insert(experimentNotice)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: experimentNotice.id });
  return inserted.length === 1;
}
