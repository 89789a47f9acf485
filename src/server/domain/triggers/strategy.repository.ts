import { and, asc, count, eq, isNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { activation, experiment, strategy, trigger } from '../../db/schema/index.ts';

export type StrategyRow = typeof strategy.$inferSelect;

export async function findStrategy(q: Queryable, strategyId: string): Promise<StrategyRow | null> {
  const [row] = await q
    .select()
    .from(strategy)
    .where(and(eq(strategy.id, strategyId), isNull(strategy.removedAt)));
  return row ?? null;
}

/** The default first, then by name; with how many experiments chose it. */
export async function strategiesAt(q: Queryable, instrumentId: string) {
  return q
    .select({
      id: strategy.id,
      name: strategy.name,
      description: strategy.description,
      isDefault: strategy.isDefault,
      chosenBy: sql<number>`(select count(*) from experiment chooser where chooser.strategy_id = "strategy"."id")::int`,
      triggers: count(trigger.id),
      triggersOn: sql<number>`(count(*) filter (where ${trigger.enabled}))::int`,
    })
    .from(strategy)
    .leftJoin(trigger, and(eq(trigger.strategyId, strategy.id), isNull(trigger.removedAt)))
    .where(and(eq(strategy.instrumentId, instrumentId), isNull(strategy.removedAt)))
    .groupBy(strategy.id)
    .orderBy(sql`${strategy.isDefault} desc`, asc(strategy.name));
}

/** The strategy that counts in an experiment: the chosen one, or the default of its instrument; null where that has none. */
export async function strategyOf(q: Queryable, experimentId: string): Promise<StrategyRow | null> {
  const [row] = await q
    .select({ strategy })
    .from(experiment)
    .innerJoin(
      strategy,
      sql`case when exists (select 1 from strategy chosen where chosen.id = ${experiment.strategyId} and chosen.removed_at is null)
        then ${strategy.id} = ${experiment.strategyId}
        else ${strategy.instrumentId} = ${experiment.instrumentId} and ${strategy.isDefault} end`,
    )
    .where(eq(experiment.id, experimentId));
  return row?.strategy ?? null;
}

export async function defaultStrategy(q: Queryable, instrumentId: string): Promise<StrategyRow | null> {
  const [row] = await q
    .select()
    .from(strategy)
    .where(and(eq(strategy.instrumentId, instrumentId), eq(strategy.isDefault, true)));
  return row ?? null;
}

/** The experiment that is active at an instrument. */
export async function activeExperimentId(q: Queryable, instrumentId: string): Promise<string | null> {
  const [row] = await q
    .select({ experimentId: activation.experimentId })
    .from(activation)
    .where(and(eq(activation.instrumentId, instrumentId), isNull(activation.endedAt)));
  return row?.experimentId ?? null;
}

/** False when there is one of that name, or a default already. */
export async function insertStrategy(tx: Transaction, row: typeof strategy.$inferInsert): Promise<boolean> {
  const made = await tx.insert(strategy).values(row).onConflictDoNothing().returning({ id: strategy.id });
  return made.length === 1;
}

export async function isStrategyName(
  q: Queryable,
  instrumentId: string,
  name: string,
  except: string,
): Promise<boolean> {
  const rows = await q
    .select({ id: strategy.id })
    .from(strategy)
    .where(
      and(
        eq(strategy.instrumentId, instrumentId),
        eq(strategy.name, name),
        isNull(strategy.removedAt),
        sql`${strategy.id} <> ${except}::uuid`,
      ),
    );
  return rows.length > 0;
}

export async function updateStrategy(
  tx: Transaction,
  strategyId: string,
  set: Partial<Pick<StrategyRow, 'name' | 'description' | 'removedAt'>>,
): Promise<void> {
  await tx.update(strategy).set(set).where(eq(strategy.id, strategyId));
}

/** One is the default of the instrument, and no other. */
export async function makeDefault(tx: Transaction, row: StrategyRow): Promise<void> {
  const { instrumentId, id } = row;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`strategies:${instrumentId}`}, 0))`);
  await tx
    .update(strategy)
    .set({ isDefault: false })
    .where(and(eq(strategy.instrumentId, instrumentId), eq(strategy.isDefault, true)));
  await tx.update(strategy).set({ isDefault: true }).where(eq(strategy.id, id));
}

export async function chooseStrategy(
  tx: Transaction,
  experimentId: string,
  strategyId: string | null,
): Promise<void> {
  await tx.update(experiment).set({ strategyId }).where(eq(experiment.id, experimentId));
}

export async function chosenStrategyId(q: Queryable, experimentId: string): Promise<string | null> {
  const [row] = await q
    .select({ strategyId: experiment.strategyId })
    .from(experiment)
    .where(eq(experiment.id, experimentId));
  return row?.strategyId ?? null;
}
