import {
  NOTIFICATION_KINDS,
  type NotificationKind,
  type QuietHours,
  type Ways,
  waysOf,
} from '../../../shared/model/notification.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requirePerson, requireSystem } from '../people/people.policy.ts';
import {
  countUnread,
  markRead,
  newestNotifications,
  removeNotifications,
  saveSetting,
} from './notification.repository.ts';
import { howToTell } from './notify.ts';

const PAGE = 30;
export const KEEP_NOTIFICATIONS_MS = 90 * 24 * 3600 * 1000;

export interface NotificationView {
  notificationId: string;
  kind: NotificationKind;
  text: string;
  /** Path of the page where it is dealt with. */
  link: string;
  at: Date;
  isRead: boolean;
}

export interface NotificationPage {
  items: NotificationView[];
  unread: number;
  nextCursor: string | null;
}

export interface NotificationPreferences {
  ways: Record<NotificationKind, Ways>;
  quiet: QuietHours | null;
}

/** What the signed-in person was told, and how they want to be. */
export function createNotificationsService({ db }: { db: Database }) {
  return {
    async list(
      ctx: ServiceContext,
      input: { cursor?: string | null | undefined },
    ): Promise<NotificationPage> {
      const { personId } = requirePerson(ctx);
      const [rows, unread] = await Promise.all([
        newestNotifications(db, personId, { before: input.cursor ?? undefined, limit: PAGE + 1 }),
        countUnread(db, personId),
      ]);
      const page = rows.slice(0, PAGE);
      return {
        items: page.map((row) => ({
          notificationId: row.id,
          kind: row.kind,
          text: row.text,
          link: row.link,
          at: row.createdAt,
          isRead: row.readAt !== null,
        })),
        unread,
        nextCursor: rows.length > PAGE ? page.at(-1)!.id : null,
      };
    },

    async unread(ctx: ServiceContext): Promise<{ unread: number }> {
      return { unread: await countUnread(db, requirePerson(ctx).personId) };
    },

    /** One, or all up to one: what has come meanwhile stays unread. Ids that are nobody's or another's change nothing. */
    async markRead(
      ctx: ServiceContext,
      input: { notificationId: string; andOlder: boolean },
    ): Promise<{ read: number }> {
      const { personId } = requirePerson(ctx);
      const { notificationId, andOlder } = input;
      return db.transaction(async (tx) => {
        const which = andOlder ? { upTo: notificationId } : { id: notificationId };
        const read = await markRead(tx, personId, which, ctx.now());
        if (read > 0) {
          await publish(tx, ctx, { topics: [`person:${personId}`], kind: 'notification.changed', data: {} });
        }
        return { read };
      });
    },

    async preferences(ctx: ServiceContext): Promise<NotificationPreferences> {
      const { personId } = requirePerson(ctx);
      const { choices, quiet } = (await howToTell(db, [personId]))(personId);
      const ways = Object.fromEntries(NOTIFICATION_KINDS.map((kind) => [kind, waysOf(kind, choices)]));
      return { ways: ways as Record<NotificationKind, Ways>, quiet };
    },

    /** All of it at once, so that what is shown is what counts. */
    async setPreferences(ctx: ServiceContext, input: NotificationPreferences): Promise<void> {
      const { personId } = requirePerson(ctx);
      const { ways, quiet } = input;
      await db.transaction(async (tx) => {
        await saveSetting(tx, personId, {
          choices: ways,
          quietFromMinute: quiet?.fromMinute ?? null,
          quietUntilMinute: quiet?.untilMinute ?? null,
        });
        await recordAudit(tx, ctx, {
          action: 'person.setNotifications',
          entityKind: 'person',
          entityId: personId,
          detail: { ways, quiet },
        });
        await publish(tx, ctx, { topics: [`person:${personId}`], kind: 'notification.changed', data: {} });
      });
    },

    /** Removes what is old. */
    async sweep(ctx: ServiceContext): Promise<number> {
      requireSystem(ctx);
      return removeNotifications(db, new Date(ctx.now().getTime() - KEEP_NOTIFICATIONS_MS));
    },
  };
}

export type NotificationsService = ReturnType<typeof createNotificationsService>;
