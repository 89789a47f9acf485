import { z } from 'zod';
import { alarmNote } from '#src/shared/model/alarm-fields.ts';
import { router, signedInProcedure } from '../trpc.ts';

const atInstrument = z.object({ instrumentId: z.uuid() });
const ofWebhook = z.object({ webhookId: z.uuid() });

/** Alarms of an instrument, who is on call, and where alarms are posted; for its staff. Those of the whole facility for its admins too. */
export const alarmsRouter = router({
  list: signedInProcedure
    .input(atInstrument)
    .query(({ ctx, input }) => ctx.services.alarms.list(ctx.caller, input)),

  ofFacility: signedInProcedure
    .input(z.object({ facilityId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.alarms.ofFacility(ctx.caller, input)),

  acknowledge: signedInProcedure
    .input(z.object({ alarmId: z.uuid(), note: alarmNote }))
    .mutation(({ ctx, input }) => ctx.services.alarms.acknowledge(ctx.caller, input)),

  setEscalation: signedInProcedure
    .input(atInstrument.extend({ minutes: z.int().min(1).max(240) }))
    .mutation(({ ctx, input }) => ctx.services.alarms.setEscalation(ctx.caller, input)),

  rota: signedInProcedure
    .input(atInstrument)
    .query(({ ctx, input }) => ctx.services.alarms.rota(ctx.caller, input)),

  handOver: signedInProcedure
    .input(atInstrument.extend({ at: z.date().nullable(), personId: z.uuid().nullable() }))
    .mutation(({ ctx, input }) => ctx.services.alarms.handOver(ctx.caller, input)),

  removeHandOver: signedInProcedure
    .input(z.object({ handOverId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.alarms.removeHandOver(ctx.caller, input)),

  webhooks: signedInProcedure
    .input(atInstrument)
    .query(({ ctx, input }) => ctx.services.alarms.webhooks(ctx.caller, input)),

  addWebhook: signedInProcedure
    .input(atInstrument.extend({ url: z.string().max(2000) }))
    .mutation(({ ctx, input }) => ctx.services.alarms.addWebhook(ctx.caller, input)),

  removeWebhook: signedInProcedure
    .input(ofWebhook)
    .mutation(({ ctx, input }) => ctx.services.alarms.removeWebhook(ctx.caller, input)),

  testWebhook: signedInProcedure
    .input(ofWebhook)
    .mutation(({ ctx, input }) => ctx.services.alarms.testWebhook(ctx.caller, input)),
});
