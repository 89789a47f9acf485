import { and, desc, eq, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type { StreamRule } from '../../../shared/model/stream-fields.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { dataset, experiment, person, streamMapping } from '../../db/schema/index.ts';
import { staffStillSee } from '../../db/tenant-floor.ts';

/** The rules that count for what began at this instant; none before the first. */
export async function rulesAt(q: Queryable, instrumentId: string, at: Date): Promise<StreamRule[]> {
  const [row] = await q
    .select({ rules: streamMapping.rules })
    .from(streamMapping)
    .where(and(eq(streamMapping.instrumentId, instrumentId), lte(streamMapping.since, at)))
    .orderBy(desc(streamMapping.since))
    .limit(1);
  return row?.rules ?? [];
}

/** Those set last, and by whom. */
export async function newestMapping(q: Queryable, instrumentId: string) {
  const [row] = await q
    .select({ rules: streamMapping.rules, since: streamMapping.since, setByName: person.name })
    .from(streamMapping)
    .leftJoin(person, eq(person.id, streamMapping.createdBy))
    .where(eq(streamMapping.instrumentId, instrumentId))
    .orderBy(desc(streamMapping.since))
    .limit(1);
  return row ?? null;
}

/** False when others were set at this very instant. */
export async function insertMapping(
  tx: Transaction,
  row: typeof streamMapping.$inferInsert,
): Promise<boolean> {
  const made = await tx
    .insert(streamMapping)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: streamMapping.id });
  return made.length > 0;
}

/** Datasets looked through for one with user data: an instrument that sends none has none in the newest ones either. */
const NEWEST = 50;

/** The user data of the newest series that staff may see, and when it began. */
export async function newestUserData(q: Queryable, instrumentId: string, now: Date) {
  const newest = q
    .select({ userData: dataset.userData, startedAt: dataset.startedAt })
    .from(dataset)
    .leftJoin(experiment, eq(experiment.id, dataset.experimentId))
    .where(and(eq(dataset.instrumentId, instrumentId), or(isNull(dataset.experimentId), staffStillSee(now))))
    .orderBy(desc(dataset.startedAt))
    .limit(NEWEST)
    .as('newest');
  const [row] = await q
    .select()
    .from(newest)
    .where(isNotNull(newest.userData))
    .orderBy(desc(newest.startedAt))
    .limit(1);
  return row ?? null;
}
