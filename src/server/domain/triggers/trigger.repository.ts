import { and, asc, desc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { TriggerEvent } from '../../../shared/model/trigger-rules.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import {
  jobTemplate,
  licence,
  person,
  profile,
  strategy,
  trigger,
  triggerOverride,
} from '../../db/schema/index.ts';

export type TriggerRow = typeof trigger.$inferSelect;
export type OverrideRow = typeof triggerOverride.$inferSelect;

export async function findTrigger(q: Queryable, triggerId: string): Promise<TriggerRow | null> {
  const [row] = await q
    .select()
    .from(trigger)
    .where(and(eq(trigger.id, triggerId), isNull(trigger.removedAt)));
  return row ?? null;
}

/** A version of a template, whichever. */
export async function templateVersion(q: Queryable, templateId: string) {
  const [row] = await q.select().from(jobTemplate).where(eq(jobTemplate.id, templateId));
  return row ?? null;
}

export async function newestVersion(q: Queryable, slug: string) {
  const [row] = await q
    .select()
    .from(jobTemplate)
    .where(eq(jobTemplate.slug, slug))
    .orderBy(desc(jobTemplate.version))
    .limit(1);
  return row ?? null;
}

/** The triggers of a strategy on one event, with what the experiment has otherwise, by name. */
export async function triggersOn(
  q: Queryable,
  input: { strategyId: string; event: TriggerEvent; experimentId: string },
): Promise<{ trigger: TriggerRow; override: OverrideRow | null; templateSlug: string }[]> {
  return q
    .select({ trigger, override: triggerOverride, templateSlug: jobTemplate.slug })
    .from(trigger)
    .innerJoin(jobTemplate, eq(jobTemplate.id, trigger.templateId))
    .leftJoin(
      triggerOverride,
      and(eq(triggerOverride.triggerId, trigger.id), eq(triggerOverride.experimentId, input.experimentId)),
    )
    .where(
      and(
        eq(trigger.strategyId, input.strategyId),
        eq(trigger.event, input.event),
        isNull(trigger.removedAt),
      ),
    )
    .orderBy(asc(trigger.name));
}

/** Triggers as people see them, of an instrument or of one strategy of it, by strategy and name. */
export async function triggerViews(q: Queryable, of: { instrumentId: string } | { strategyId: string }) {
  return q
    .select({
      trigger,
      strategyName: strategy.name,
      isOfDefault: strategy.isDefault,
      switchedByName: person.name,
      templateSlug: jobTemplate.slug,
      templateName: jobTemplate.name,
      templateVersion: jobTemplate.version,
      templateParameters: jobTemplate.parameters,
      profileName: profile.name,
      licenceName: licence.name,
    })
    .from(trigger)
    .innerJoin(strategy, and(eq(strategy.id, trigger.strategyId), isNull(strategy.removedAt)))
    .innerJoin(jobTemplate, eq(jobTemplate.id, trigger.templateId))
    .leftJoin(person, eq(person.id, trigger.switchedBy))
    .leftJoin(profile, eq(profile.id, trigger.profileId))
    .leftJoin(licence, eq(licence.id, trigger.licenceId))
    .where(
      and(
        'strategyId' in of
          ? eq(trigger.strategyId, of.strategyId)
          : eq(trigger.instrumentId, of.instrumentId),
        isNull(trigger.removedAt),
      ),
    )
    .orderBy(sql`${strategy.isDefault} desc`, asc(strategy.name), asc(trigger.name));
}
export type TriggerViewRow = Awaited<ReturnType<typeof triggerViews>>[number];

/** False when it stands so already. */
export async function switchTrigger(
  tx: Transaction,
  triggerId: string,
  enabled: boolean,
  by: { at: Date; personId: string | null },
): Promise<boolean> {
  const switched = await tx
    .update(trigger)
    .set({ enabled, switchedAt: by.at, switchedBy: by.personId })
    .where(and(eq(trigger.id, triggerId), ne(trigger.enabled, enabled)))
    .returning({ id: trigger.id });
  return switched.length === 1;
}

/** False when the strategy has one of that name. */
export async function insertTrigger(tx: Transaction, row: typeof trigger.$inferInsert): Promise<boolean> {
  const made = await tx.insert(trigger).values(row).onConflictDoNothing().returning({ id: trigger.id });
  return made.length === 1;
}

export async function isTriggerName(
  q: Queryable,
  strategyId: string,
  name: string,
  except: string,
): Promise<boolean> {
  const rows = await q
    .select({ id: trigger.id })
    .from(trigger)
    .where(
      and(
        eq(trigger.strategyId, strategyId),
        eq(trigger.name, name),
        isNull(trigger.removedAt),
        ne(trigger.id, except),
      ),
    );
  return rows.length > 0;
}

/** False when somebody else changed or removed it since `version`. */
export async function updateTrigger(
  tx: Transaction,
  triggerId: string,
  version: number,
  set: Partial<typeof trigger.$inferInsert>,
): Promise<boolean> {
  const rows = await tx
    .update(trigger)
    .set({ ...set, version: version + 1 })
    .where(and(eq(trigger.id, triggerId), eq(trigger.version, version), isNull(trigger.removedAt)))
    .returning({ id: trigger.id });
  return rows.length === 1;
}

/** Those of a strategy, or one. */
export async function removeTriggers(
  tx: Transaction,
  of: { triggerId: string } | { strategyId: string },
  at: Date,
): Promise<number> {
  const rows = await tx
    .update(trigger)
    .set({ removedAt: at })
    .where(
      and(
        'triggerId' in of ? eq(trigger.id, of.triggerId) : eq(trigger.strategyId, of.strategyId),
        isNull(trigger.removedAt),
      ),
    )
    .returning({ id: trigger.id });
  return rows.length;
}

export async function overridesOf(q: Queryable, experimentId: string): Promise<OverrideRow[]> {
  return q.select().from(triggerOverride).where(eq(triggerOverride.experimentId, experimentId));
}

/** Null takes it back: then it stands as it does at the instrument. */
export async function writeOverride(
  tx: Transaction,
  of: { experimentId: string; triggerId: string },
  row: Omit<OverrideRow, 'experimentId' | 'triggerId'> | null,
): Promise<void> {
  if (row === null) {
    await tx
      .delete(triggerOverride)
      .where(
        and(eq(triggerOverride.experimentId, of.experimentId), eq(triggerOverride.triggerId, of.triggerId)),
      );
    return;
  }
  await tx
    .insert(triggerOverride)
    .values({ ...of, ...row })
    .onConflictDoUpdate({
      target: [triggerOverride.experimentId, triggerOverride.triggerId],
      set: row,
    });
}
