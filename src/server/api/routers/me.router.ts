import { z } from 'zod';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';

/** The signed-in person's own account. */
export const meRouter = router({
  profile: signedInProcedure.query(({ ctx }) => ctx.services.people.profile(ctx.caller)),

  sessions: signedInProcedure.query(({ ctx }) => ctx.services.people.listSessions(ctx.caller)),

  revokeSession: signedInProcedure
    .input(z.object({ sessionId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.people.revokeSession(ctx.caller, input)),

  revokeAllSessions: signedInProcedure
    .input(z.object({ keepThis: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.people.revokeAllSessions(ctx.caller, input)),

  /** With a one-time link; the caller is not signed in. */
  setPassword: publicProcedure
    .input(z.object({ token: z.string().min(20).max(200), password: z.string().max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.people.setPassword(ctx.caller, input)),
});
