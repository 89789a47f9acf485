import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

export const mailRouter = router({
  /** In a demo for everybody who is signed in; else for admins, without what the mails say. */
  outbox: signedInProcedure
    .input(z.object({ cursor: z.uuid().nullish() }))
    .query(({ ctx, input }) => ctx.services.mail.outbox(ctx.caller, input)),
});
