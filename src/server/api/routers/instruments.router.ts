import { z } from 'zod';
import { streamRulesSchema } from '#src/shared/model/stream-fields.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ instrumentId: z.uuid() });

export const instrumentsRouter = router({
  list: signedInProcedure.query(({ ctx }) => ctx.services.instruments.listMine(ctx.caller)),

  activations: signedInProcedure
    .input(
      z.object({
        instrumentId: z.uuid(),
        before: z.iso.datetime().nullish(),
        limit: z.int().min(1).max(200).optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.instruments.activations(ctx.caller, input)),

  streamFields: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.instruments.streamFields(ctx.caller, input)),

  streamExample: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.instruments.streamExample(ctx.caller, input)),

  setStreamFields: signedInProcedure
    .input(byId.extend({ rules: streamRulesSchema }))
    .mutation(({ ctx, input }) => ctx.services.instruments.setStreamFields(ctx.caller, input)),
});
