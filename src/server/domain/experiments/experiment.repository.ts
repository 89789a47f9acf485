import { and, desc, eq, gt, inArray, isNull, lte, min, or, sql } from 'drizzle-orm';
import { EXPERIMENT_TRANSITIONS, type ExperimentState, statesBefore } from '../../../shared/model/states.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  activation,
  agent,
  audit,
  dataset,
  experiment,
  externalId,
  facility,
  instrument,
  person,
  siteSwitch,
} from '../../db/schema/index.ts';
import { type ContainerRow, type ExperimentRow, experimentOnly } from './access.repository.ts';

export type ActivationRow = typeof activation.$inferSelect;
export type ExternalIdKind = (typeof externalId.$inferInsert)['kind'];

export type NewExperiment = typeof experiment.$inferInsert;

/** An experiment or a project. Null when the code is taken: the caller draws another. */
export async function insertExperiment(tx: Transaction, row: NewExperiment): Promise<ContainerRow | null> {
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

/** Of a visit also the proposal it is of, which many visits share. */
export async function externalIdsOf(
  q: Queryable,
  entityId: string,
): Promise<{ kind: ExternalIdKind; value: string }[]> {
  const rows = await q
    .select({ kind: externalId.kind, value: externalId.value, detail: externalId.detail })
    .from(externalId)
    .where(eq(externalId.entityId, entityId))
    .orderBy(externalId.kind, externalId.value);
  return rows.flatMap(({ kind, value, detail }) => [
    ...(typeof detail?.proposal === 'string' ? [{ kind: 'proposal' as const, value: detail.proposal }] : []),
    { kind, value },
  ]);
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
 * it is there already and `allowSame` is not set, or is not where `from` says).
 */
export async function transitionExperiment(
  tx: Transaction,
  experimentId: string,
  to: ExperimentState,
  set: Partial<Pick<ExperimentRow, 'startedAt' | 'finishedAt' | 'processingUntil'>> & {
    startedAtIfUnset?: Date;
  },
  options: { allowSame?: boolean; from?: ExperimentState } = {},
): Promise<ExperimentRow | null> {
  const { startedAtIfUnset, ...columns } = set;
  const from = statesBefore(EXPERIMENT_TRANSITIONS, to).filter(
    (state) => !options.from || state === options.from,
  );
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
  return experimentOnly(row);
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

/** Writes fields when the row still has this version. Returns the new version, or null when somebody was faster. */
export async function updateFields(
  tx: Transaction,
  experimentId: string,
  version: number,
  fields: Partial<ExperimentRow>,
): Promise<number | null> {
  const [row] = await tx
    .update(experiment)
    .set({ ...fields, version: version + 1 })
    .where(and(eq(experiment.id, experimentId), eq(experiment.version, version)))
    .returning({ version: experiment.version });
  return row?.version ?? null;
}

/** Name of the person who edited it last; null when nobody did, or a program. */
export async function lastEditor(q: Queryable, experimentId: string): Promise<string | null> {
  const [row] = await q
    .select({ name: person.name })
    .from(audit)
    .innerJoin(person, sql`${person.id}::text = ${audit.principalId}`)
    .where(and(eq(audit.experimentId, experimentId), eq(audit.action, 'experiment.edit')))
    .orderBy(desc(audit.id))
    .limit(1);
  return row?.name ?? null;
}

export async function personName(q: Queryable, personId: string): Promise<string | null> {
  const [row] = await q.select({ name: person.name }).from(person).where(eq(person.id, personId));
  return row?.name ?? null;
}
