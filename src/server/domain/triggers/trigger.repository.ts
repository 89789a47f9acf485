import { and, asc, eq, ne } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { jobTemplate, person, trigger } from '../../db/schema/index.ts';

export async function findTrigger(q: Queryable, triggerId: string) {
  const [row] = await q.select().from(trigger).where(eq(trigger.id, triggerId));
  return row ?? null;
}

/** The triggers of an instrument by name, with who switched them last. */
export async function switchedTriggers(q: Queryable, instrumentId: string) {
  return q
    .select({
      id: trigger.id,
      name: trigger.name,
      event: trigger.event,
      enabled: trigger.enabled,
      createdAt: trigger.createdAt,
      switchedAt: trigger.switchedAt,
      switchedByName: person.name,
      templateSlug: jobTemplate.slug,
      templateName: jobTemplate.name,
    })
    .from(trigger)
    .innerJoin(jobTemplate, eq(jobTemplate.id, trigger.templateId))
    .leftJoin(person, eq(person.id, trigger.switchedBy))
    .where(eq(trigger.instrumentId, instrumentId))
    .orderBy(asc(trigger.name));
}

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
