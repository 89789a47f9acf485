import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

/** What an instrument starts by itself. */
export const triggersRouter = router({
  list: signedInProcedure
    .input(z.object({ instrumentId: z.uuid() }))
    .query(({ ctx, input }) => ctx.services.triggers.list(ctx.caller, input)),

  setEnabled: signedInProcedure
    .input(z.object({ triggerId: z.uuid(), enabled: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.triggers.setEnabled(ctx.caller, input)),
});
