import { aliasedTable, and, desc, eq, isNull, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  experiment,
  facilityAdmin,
  instrument,
  instrumentStaff,
  person,
  prolongation,
} from '../../db/schema/index.ts';
import { type ExperimentRow, experimentOnly } from './access.repository.ts';
import type { ProlongationView } from './experiment.types.ts';

export type ProlongationRow = typeof prolongation.$inferSelect;

/** False when a question of the experiment is open already. */
export async function insertProlongation(
  tx: Transaction,
  row: typeof prolongation.$inferInsert,
): Promise<boolean> {
  const inserted = await tx
    .insert(prolongation)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: prolongation.id });
  return inserted.length === 1;
}

/** Null when it is not there. */
export async function findProlongation(
  q: Queryable,
  prolongationId: string,
): Promise<ProlongationRow | null> {
  const [row] = await q.select().from(prolongation).where(eq(prolongation.id, prolongationId));
  return row ?? null;
}

/** Ends the open question of an experiment, or this one alone. Returns whether there was one. */
export async function decideProlongation(
  tx: Transaction,
  which: { experimentId: string } | { prolongationId: string },
  decision: Pick<ProlongationRow, 'decidedBy' | 'decidedAt' | 'grantedUntil' | 'refusal'>,
): Promise<boolean> {
  const decided = await tx
    .update(prolongation)
    .set(decision)
    .where(
      and(
        'experimentId' in which
          ? eq(prolongation.experimentId, which.experimentId)
          : eq(prolongation.id, which.prolongationId),
        isNull(prolongation.decidedAt),
      ),
    )
    .returning({ id: prolongation.id });
  return decided.length > 0;
}

/** The last question of an experiment, open or decided; null when nobody asked. */
export async function latestProlongation(
  q: Queryable,
  experimentId: string,
): Promise<ProlongationView | null> {
  const asker = aliasedTable(person, 'asker');
  const [row] = await q
    .select({
      id: prolongation.id,
      askedBy: asker.name,
      askedAt: prolongation.askedAt,
      wantedUntil: prolongation.wantedUntil,
      reason: prolongation.reason,
      decidedAt: prolongation.decidedAt,
      grantedUntil: prolongation.grantedUntil,
      refusal: prolongation.refusal,
    })
    .from(prolongation)
    .leftJoin(asker, eq(asker.id, prolongation.askedBy))
    .where(eq(prolongation.experimentId, experimentId))
    .orderBy(desc(prolongation.askedAt), desc(prolongation.id))
    .limit(1);
  return row ?? null;
}

export interface AskedProlongation {
  prolongationId: string;
  experimentId: string;
  code: string;
  instrument: string;
  processingUntil: Date | null;
  wantedUntil: Date;
  askedAt: Date;
}

/** Open questions of experiments at the instruments whose staff the person is, and of facilities they administer; the oldest first. No titles, no names. */
export async function openProlongations(q: Queryable, personId: string): Promise<AskedProlongation[]> {
  return q
    .select({
      prolongationId: prolongation.id,
      experimentId: experiment.id,
      code: experiment.code,
      instrument: instrument.name,
      processingUntil: experiment.processingUntil,
      wantedUntil: prolongation.wantedUntil,
      askedAt: prolongation.askedAt,
    })
    .from(prolongation)
    .innerJoin(experiment, eq(experiment.id, prolongation.experimentId))
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .leftJoin(
      instrumentStaff,
      and(eq(instrumentStaff.instrumentId, instrument.id), eq(instrumentStaff.personId, personId)),
    )
    .leftJoin(
      facilityAdmin,
      and(eq(facilityAdmin.facilityId, experiment.facilityId), eq(facilityAdmin.personId, personId)),
    )
    .where(
      and(
        isNull(prolongation.decidedAt),
        or(sql`${instrumentStaff.personId} is not null`, sql`${facilityAdmin.personId} is not null`),
      ),
    )
    .orderBy(prolongation.askedAt);
}

/** Moves the end of the processing window; a closed experiment is Processing again. Null when it has none, or one that ends as late. */
export async function moveWindow(
  tx: Transaction,
  experimentId: string,
  until: Date,
): Promise<ExperimentRow | null> {
  const [row] = await tx
    .update(experiment)
    .set({ processingUntil: until, state: 'processing' })
    .where(
      and(
        eq(experiment.id, experimentId),
        sql`${experiment.state} in ('processing', 'closed')`,
        sql`${experiment.processingUntil} < ${until.toISOString()}::timestamptz`,
      ),
    )
    .returning();
  return experimentOnly(row);
}
