import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

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
});
