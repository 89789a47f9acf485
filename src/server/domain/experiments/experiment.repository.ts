import { and, desc, eq, gt, ilike, inArray, isNull, lt, lte, min, or, type SQL, sql } from 'drizzle-orm';
import { EXPERIMENT_TRANSITIONS, type ExperimentState, statesBefore } from '../../../shared/model/states.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  activation,
  agent,
  dataset,
  experiment,
  externalId,
  facility,
  instrument,
  instrumentStaff,
  membership,
  siteSwitch,
} from '../../db/schema/index.ts';
import type { ExperimentRow, InstrumentRow } from './access.repository.ts';

export type ActivationRow = typeof activation.$inferSelect;
export type ExternalIdKind = (typeof externalId.$inferInsert)['kind'];

/** Null when the code is taken: the caller draws another. */
export async function insertExperiment(
  tx: Transaction,
  row: typeof experiment.$inferInsert,
): Promise<ExperimentRow | null> {
  const [inserted] = await tx
    .insert(experiment)
    .values(row)
    .onConflictDoNothing({ target: experiment.code })
    .returning();
  return inserted ?? null;
}

export async function insertExternalIds(
  tx: Transaction,
  rows: readonly (typeof externalId.$inferInsert)[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const inserted = await tx
    .insert(externalId)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ value: externalId.value });
  return inserted.length;
}

export async function findByExternalId(
  q: Queryable,
  facilityId: string,
  kind: ExternalIdKind,
  value: string,
): Promise<string | null> {
  const [row] = await q
    .select({ entityId: externalId.entityId })
    .from(externalId)
    .where(
      and(eq(externalId.facilityId, facilityId), eq(externalId.kind, kind), eq(externalId.value, value)),
    );
  return row?.entityId ?? null;
}

export async function externalIdsOf(
  q: Queryable,
  entityId: string,
): Promise<{ kind: ExternalIdKind; value: string }[]> {
  return q
    .select({ kind: externalId.kind, value: externalId.value })
    .from(externalId)
    .where(eq(externalId.entityId, entityId))
    .orderBy(externalId.kind, externalId.value);
}

export async function facilityOf(
  q: Queryable,
  facilityId: string,
): Promise<typeof facility.$inferSelect | null> {
  const [row] = await q.select().from(facility).where(eq(facility.id, facilityId));
  return row ?? null;
}

/**
 * Locks the instrument against other activations until the end of the transaction. Not the full `for update`: new
 * datasets refer to the instrument and must not wait for a switch.
 */
export async function lockInstrument(tx: Transaction, instrumentId: string): Promise<void> {
  await tx
    .select({ id: instrument.id })
    .from(instrument)
    .where(eq(instrument.id, instrumentId))
    .for('no key update');
}

export async function openActivation(q: Queryable, instrumentId: string): Promise<ActivationRow | null> {
  const [row] = await q
    .select()
    .from(activation)
    .where(and(eq(activation.instrumentId, instrumentId), isNull(activation.endedAt)));
  return row ?? null;
}

export async function endActivation(
  tx: Transaction,
  activationId: string,
  endedAt: Date,
  endedBy: string | null,
): Promise<boolean> {
  const ended = await tx
    .update(activation)
    .set({ endedAt, endedBy })
    .where(and(eq(activation.id, activationId), isNull(activation.endedAt)))
    .returning({ id: activation.id });
  return ended.length === 1;
}

/** The activation of an instrument whose period contains this instant; the one that began last, where empty ones begin with it. */
export async function activationAt(
  q: Queryable,
  instrumentId: string,
  at: Date,
): Promise<ActivationRow | null> {
  const [row] = await q
    .select()
    .from(activation)
    .where(
      and(
        eq(activation.instrumentId, instrumentId),
        lte(activation.startedAt, at),
        or(isNull(activation.endedAt), gt(activation.endedAt, at)),
      ),
    )
    .orderBy(desc(activation.startedAt))
    .limit(1);
  return row ?? null;
}

/** When the active experiment was next switched after this instant: by an activation, or off by a switch on site; null when it was not. */
export async function nextSwitch(q: Queryable, instrumentId: string, at: Date): Promise<Date | null> {
  const [next] = await q
    .select({ at: min(activation.startedAt) })
    .from(activation)
    .where(and(eq(activation.instrumentId, instrumentId), gt(activation.startedAt, at)));
  const [off] = await q
    .select({ at: min(siteSwitch.at) })
    .from(siteSwitch)
    .innerJoin(agent, eq(agent.id, siteSwitch.agentId))
    .where(
      and(
        eq(agent.instrumentId, instrumentId),
        siteSwitch.applied,
        isNull(siteSwitch.experimentId),
        gt(siteSwitch.at, at),
      ),
    );
  const times = [next?.at, off?.at].filter((time) => time != null).sort((a, b) => a.getTime() - b.getTime());
  return times[0] ?? null;
}

/** Lets a period, open or ended, end earlier than it did. */
export async function cutActivation(tx: Transaction, activationId: string, endedAt: Date): Promise<void> {
  await tx.update(activation).set({ endedAt, endedBy: null }).where(eq(activation.id, activationId));
}

export async function updateUpload(
  tx: Transaction,
  experimentId: string,
  upload: Pick<ExperimentRow, 'uploadEnabled' | 'uploadSince' | 'uploadBy' | 'uploadHeld'>,
): Promise<void> {
  await tx.update(experiment).set(upload).where(eq(experiment.id, experimentId));
}

export async function insertActivation(
  tx: Transaction,
  row: typeof activation.$inferInsert,
): Promise<ActivationRow> {
  const [inserted] = await tx.insert(activation).values(row).returning();
  return inserted!;
}

/**
 * Moves an experiment to `to` when the transition table allows it from where it is now; null when it does not (or when
 * it is there already and `allowSame` is not set).
 */
export async function transitionExperiment(
  tx: Transaction,
  experimentId: string,
  to: ExperimentState,
  set: Partial<Pick<ExperimentRow, 'startedAt' | 'finishedAt'>> & { startedAtIfUnset?: Date },
  options: { allowSame?: boolean } = {},
): Promise<ExperimentRow | null> {
  const { startedAtIfUnset, ...columns } = set;
  const from = statesBefore(EXPERIMENT_TRANSITIONS, to);
  if (options.allowSame) from.push(to);
  const [row] = await tx
    .update(experiment)
    .set({
      ...columns,
      state: to,
      ...(startedAtIfUnset
        ? {
            startedAt: sql`coalesce(${experiment.startedAt}, ${startedAtIfUnset.toISOString()}::timestamptz)`,
          }
        : {}),
    })
    .where(and(eq(experiment.id, experimentId), inArray(experiment.state, from)))
    .returning();
  return row ?? null;
}

export interface ListFilter {
  /** Null: the system, which sees all. */
  personId: string | null;
  /** Staff access to proprietary experiments that finished before this has lapsed. */
  staffFinishedAfter: Date;
  instrumentId?: string;
  states?: readonly ExperimentState[];
  search?: string;
  /** Only experiments older than this id (UUID v7 sorts by creation). */
  before?: string;
  limit: number;
}

export interface ListedExperiment {
  experiment: ExperimentRow;
  instrument: Pick<InstrumentRow, 'id' | 'slug' | 'name'>;
  memberRole: (typeof membership.$inferSelect)['role'] | null;
  isStaff: boolean;
  activeSince: Date | null;
}

const escapeLike = (text: string) => text.replaceAll(/[\\%_]/g, '\\$&');

/** The experiments a person may see, newest first. Who sees what stands here in SQL; the policy decides single ones alike. */
export async function listVisible(q: Queryable, filter: ListFilter): Promise<ListedExperiment[]> {
  const person = filter.personId;
  const staffSees = and(
    sql`${instrumentStaff.personId} is not null`,
    or(
      eq(experiment.proprietary, false),
      isNull(experiment.finishedAt),
      sql`${experiment.finishedAt} > ${filter.staffFinishedAfter.toISOString()}::timestamptz`,
    ),
  );
  const conditions: (SQL | undefined)[] = [
    person === null ? undefined : or(sql`${membership.personId} is not null`, staffSees),
    filter.instrumentId ? eq(experiment.instrumentId, filter.instrumentId) : undefined,
    filter.states ? inArray(experiment.state, [...filter.states]) : undefined,
    filter.before ? lt(experiment.id, filter.before) : undefined,
  ];
  if (filter.search) {
    const like = `%${escapeLike(filter.search)}%`;
    conditions.push(
      or(
        ilike(experiment.title, like),
        ilike(experiment.piName, like),
        sql`replace(${experiment.code}, '-', '') ilike ${like.replaceAll('-', '')}`,
      ),
    );
  }
  // Joined by an impossible person when the system asks, so that one statement serves both.
  const joinPerson = person ?? '00000000-0000-0000-0000-000000000000';
  const rows = await q
    .select({
      experiment,
      instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
      memberRole: membership.role,
      staffId: instrumentStaff.personId,
      activeSince: activation.startedAt,
    })
    .from(experiment)
    .innerJoin(instrument, eq(instrument.id, experiment.instrumentId))
    .leftJoin(
      membership,
      and(eq(membership.experimentId, experiment.id), eq(membership.personId, joinPerson)),
    )
    .leftJoin(
      instrumentStaff,
      and(
        eq(instrumentStaff.instrumentId, experiment.instrumentId),
        eq(instrumentStaff.personId, joinPerson),
      ),
    )
    .leftJoin(activation, and(eq(activation.experimentId, experiment.id), isNull(activation.endedAt)))
    .where(and(...conditions))
    .orderBy(desc(experiment.id))
    .limit(filter.limit);
  return rows.map(({ staffId, ...row }) => ({ ...row, isStaff: staffId !== null }));
}

export async function findByCode(q: Queryable, code: string): Promise<ExperimentRow | null> {
  const [row] = await q.select().from(experiment).where(eq(experiment.code, code));
  return row ?? null;
}

export interface DatasetCount {
  datasets: number;
  receiving: number;
  latestAt: Date | null;
}

/** Datasets per experiment, for lists. */
export async function countDatasets(
  q: Queryable,
  experimentIds: readonly string[],
): Promise<Map<string, DatasetCount>> {
  if (experimentIds.length === 0) return new Map();
  const rows = await q
    .select({
      experimentId: dataset.experimentId,
      datasets: sql<number>`count(*)::int`,
      receiving: sql<number>`(count(*) filter (where ${dataset.state} = 'receiving'))::int`,
      latestAt: sql<Date | null>`max(${dataset.startedAt})`.mapWith(dataset.startedAt),
    })
    .from(dataset)
    .where(inArray(dataset.experimentId, [...experimentIds]))
    .groupBy(dataset.experimentId);
  return new Map(rows.map((row) => [row.experimentId!, row]));
}
