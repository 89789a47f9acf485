import { and, asc, count, desc, eq, gte, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../../db/client.ts';
import { alarm, instrument, webhook, webhookDelivery } from '../../db/schema/index.ts';
import type { AlarmRow } from './alarm.repository.ts';

export type WebhookRow = typeof webhook.$inferSelect;
export type DeliveryRow = typeof webhookDelivery.$inferSelect;

export async function webhooksOf(q: Queryable, instrumentId: string): Promise<WebhookRow[]> {
  return q
    .select()
    .from(webhook)
    .where(and(eq(webhook.instrumentId, instrumentId), isNull(webhook.removedAt)))
    .orderBy(asc(webhook.id));
}

export async function findWebhook(q: Queryable, webhookId: string): Promise<WebhookRow | null> {
  const [row] = await q
    .select()
    .from(webhook)
    .where(and(eq(webhook.id, webhookId), isNull(webhook.removedAt)));
  return row ?? null;
}

export async function insertWebhook(tx: Transaction, row: typeof webhook.$inferInsert): Promise<void> {
  await tx.insert(webhook).values(row);
}

/** False when it was removed already. What waits for it is not posted any more. */
export async function removeWebhook(tx: Transaction, webhookId: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx
    .update(webhook)
    .set({ removedAt: at })
    .where(and(eq(webhook.id, webhookId), isNull(webhook.removedAt)));
  await tx
    .update(webhookDelivery)
    .set({ state: 'late', settledAt: at })
    .where(and(eq(webhookDelivery.webhookId, webhookId), eq(webhookDelivery.state, 'waiting')));
  return rowCount === 1;
}

/** Tries of one delivery, further and further apart: more than any waits. */
const MOST_TRIES = 40;

/** Has a worker post it, in the transaction of what it tells of; false when this was told already. */
export async function insertDelivery(
  tx: Queryable,
  row: typeof webhookDelivery.$inferInsert,
): Promise<boolean> {
  const made = await tx.insert(webhookDelivery).values(row).onConflictDoNothing().returning();
  if (made.length === 0) return false;
  await tx.execute(sql`
    select graphile_worker.add_job(
      'post-webhook',
      json_build_object('deliveryId', ${row.id}::text),
      job_key => ${`post-webhook:${row.id}`}::text,
      max_attempts => ${MOST_TRIES}::int
    )`);
  return true;
}

/** The newest of each webhook. */
export async function newestDeliveries(
  q: Queryable,
  webhookIds: readonly string[],
  each: number,
): Promise<DeliveryRow[]> {
  if (webhookIds.length === 0) return [];
  const rows = await Promise.all(
    webhookIds.map((id) =>
      q
        .select()
        .from(webhookDelivery)
        .where(eq(webhookDelivery.webhookId, id))
        .orderBy(desc(webhookDelivery.id))
        .limit(each),
    ),
  );
  return rows.flat();
}

/** What is posted of the alarms of a facility is decided by one transaction after the other. */
export async function lockFacilityPosts(tx: Transaction, facilityId: string): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`facility alarm posts ${facilityId}`}, 0))`,
  );
}

/** Addresses to which this was posted of an alarm of the whole facility already, as it stood at the same time at any of its instruments. */
export async function addressesTold(
  q: Queryable,
  facilityId: string,
  { code, step, raisedAt }: Pick<AlarmRow, 'code' | 'step' | 'raisedAt'>,
  event: DeliveryRow['event'],
): Promise<Set<string>> {
  const rows = await q
    .selectDistinct({ url: webhook.url })
    .from(webhookDelivery)
    .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
    .innerJoin(alarm, eq(alarm.id, webhookDelivery.alarmId))
    .innerJoin(instrument, eq(instrument.id, alarm.instrumentId))
    .where(
      and(
        eq(instrument.facilityId, facilityId),
        eq(alarm.code, code),
        sql`${alarm.step} is not distinct from ${step}`,
        or(isNull(alarm.clearedAt), gte(alarm.clearedAt, raisedAt)),
        eq(webhookDelivery.event, event),
      ),
    );
  return new Set(rows.map(({ url }) => url));
}

export async function countTests(q: Queryable, instrumentId: string, since: Date): Promise<number> {
  const hooks = q.select({ id: webhook.id }).from(webhook).where(eq(webhook.instrumentId, instrumentId));
  const [row] = await q
    .select({ tests: count() })
    .from(webhookDelivery)
    .where(
      and(
        inArray(webhookDelivery.webhookId, hooks),
        eq(webhookDelivery.event, 'test'),
        gte(webhookDelivery.createdAt, since),
      ),
    );
  return row!.tests;
}

/** The delivery with its address, for this worker alone until then; null when it does not wait or another has it. */
export async function claimDelivery(
  q: Queryable,
  deliveryId: string,
  now: Date,
  until: Date,
): Promise<(DeliveryRow & { url: string; instrumentId: string }) | null> {
  const [row] = await q
    .update(webhookDelivery)
    .set({ claimedUntil: until, attempts: sql`${webhookDelivery.attempts} + 1` })
    .where(
      and(
        eq(webhookDelivery.id, deliveryId),
        eq(webhookDelivery.state, 'waiting'),
        or(isNull(webhookDelivery.claimedUntil), lte(webhookDelivery.claimedUntil, now)),
      ),
    )
    .returning();
  if (!row) return null;
  const [place] = await q
    .select({ url: webhook.url, instrumentId: webhook.instrumentId })
    .from(webhook)
    .where(eq(webhook.id, row.webhookId));
  return { ...row, ...place! };
}

export async function isWaiting(q: Queryable, deliveryId: string): Promise<boolean> {
  const [row] = await q
    .select({ state: webhookDelivery.state })
    .from(webhookDelivery)
    .where(eq(webhookDelivery.id, deliveryId));
  return row?.state === 'waiting';
}

/** What became of a try. */
export async function settleDelivery(
  q: Queryable,
  deliveryId: string,
  set: Partial<Pick<DeliveryRow, 'state' | 'lastStatus' | 'lastAnswer' | 'settledAt'>>,
): Promise<void> {
  await q
    .update(webhookDelivery)
    .set({ claimedUntil: null, ...set })
    .where(and(eq(webhookDelivery.id, deliveryId), eq(webhookDelivery.state, 'waiting')));
}

export async function removeDeliveries(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(webhookDelivery).where(lt(webhookDelivery.createdAt, before));
  return rowCount ?? 0;
}
