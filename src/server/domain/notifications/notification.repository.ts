import { and, count, desc, eq, inArray, isNull, lt, lte } from 'drizzle-orm';
import type { NotificationChoices } from '../../../shared/model/notification.ts';
import type { Queryable } from '../../db/client.ts';
import { notification, notificationSetting } from '../../db/schema/index.ts';

export type NotificationRow = typeof notification.$inferSelect;
export type SettingRow = typeof notificationSetting.$inferSelect;

/** False when the person was told this already. */
export async function insertNotification(
  q: Queryable,
  row: typeof notification.$inferInsert,
): Promise<boolean> {
  const made = await q
    .insert(notification)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: notification.id });
  return made.length > 0;
}

/** The newest, `before` an id (UUID v7 sorts by creation). */
export async function newestNotifications(
  q: Queryable,
  personId: string,
  page: { before?: string | undefined; limit: number },
): Promise<NotificationRow[]> {
  return q
    .select()
    .from(notification)
    .where(
      and(
        eq(notification.personId, personId),
        page.before === undefined ? undefined : lt(notification.id, page.before),
      ),
    )
    .orderBy(desc(notification.id))
    .limit(page.limit);
}

export async function countUnread(q: Queryable, personId: string): Promise<number> {
  const [row] = await q
    .select({ unread: count() })
    .from(notification)
    .where(and(eq(notification.personId, personId), isNull(notification.readAt)));
  return row!.unread;
}

/** Those up to an id, or one alone; how many had not been read. */
export async function markRead(
  q: Queryable,
  personId: string,
  which: { upTo: string } | { id: string },
  at: Date,
): Promise<number> {
  const { rowCount } = await q
    .update(notification)
    .set({ readAt: at })
    .where(
      and(
        eq(notification.personId, personId),
        isNull(notification.readAt),
        'upTo' in which ? lte(notification.id, which.upTo) : eq(notification.id, which.id),
      ),
    );
  return rowCount ?? 0;
}

/** Settings of those who have any. */
export async function settingsOf(
  q: Queryable,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, SettingRow>> {
  if (personIds.length === 0) return new Map();
  const rows = await q
    .select()
    .from(notificationSetting)
    .where(inArray(notificationSetting.personId, [...personIds]));
  return new Map(rows.map((row) => [row.personId, row]));
}

export async function saveSetting(
  q: Queryable,
  personId: string,
  set: { choices: NotificationChoices; quietFromMinute: number | null; quietUntilMinute: number | null },
): Promise<void> {
  await q
    .insert(notificationSetting)
    .values({ personId, ...set })
    .onConflictDoUpdate({ target: notificationSetting.personId, set });
}

export async function removeNotifications(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(notification).where(lt(notification.createdAt, before));
  return rowCount ?? 0;
}
