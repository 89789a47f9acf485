import { z } from 'zod';
import { NOTIFICATION_KINDS } from '#src/shared/model/notification.ts';
import { router, signedInProcedure } from '../trpc.ts';

const ways = z.object({ app: z.boolean(), email: z.boolean() });
const minuteOfDay = z.int().min(0).max(1439);

/** What the signed-in person was told, and how they want to be. */
export const notificationsRouter = router({
  list: signedInProcedure
    .input(z.object({ cursor: z.uuid().nullish() }))
    .query(({ ctx, input }) => ctx.services.notifications.list(ctx.caller, input)),

  unread: signedInProcedure.query(({ ctx }) => ctx.services.notifications.unread(ctx.caller)),

  markRead: signedInProcedure
    .input(z.object({ notificationId: z.uuid(), andOlder: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.notifications.markRead(ctx.caller, input)),

  preferences: signedInProcedure.query(({ ctx }) => ctx.services.notifications.preferences(ctx.caller)),

  setPreferences: signedInProcedure
    .input(
      z.object({
        ways: z.record(z.enum(NOTIFICATION_KINDS), ways),
        quiet: z
          .object({ fromMinute: minuteOfDay, untilMinute: minuteOfDay })
          .refine(({ fromMinute, untilMinute }) => fromMinute !== untilMinute, {
            error: 'Quiet hours begin and end at different times.',
          })
          .nullable(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.notifications.setPreferences(ctx.caller, input)),
});
