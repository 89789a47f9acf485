import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

export const cockpitRouter = router({
  view: signedInProcedure
    .input(z.object({ slug: z.string().max(60) }))
    .query(({ ctx, input }) => ctx.services.cockpit.view(ctx.caller, input)),
});
