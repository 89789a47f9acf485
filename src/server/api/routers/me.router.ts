import { z } from 'zod';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import { FailureLimit } from '../failure-limit.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';

const token = z.string().min(20).max(200);
/** Every question counts, as none of them is told to have failed. */
const passwordLinkLimit = new FailureLimit({ failures: 60, windowMs: 15 * 60 * 1000 });

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

  address: signedInProcedure.query(({ ctx }) => ctx.services.people.ownAddress(ctx.caller)),

  /** Sends a link to the address; it counts once the link was opened. */
  askForAddress: signedInProcedure
    .input(z.object({ email: z.string().max(320), password: z.string().max(1000).optional() }))
    .mutation(({ ctx, input }) => ctx.services.people.askForAddress(ctx.caller, { ...input, ip: ctx.ip })),

  proveAddress: signedInProcedure
    .input(z.object({ token }))
    .mutation(({ ctx, input }) => ctx.services.people.proveAddress(ctx.caller, input)),

  signInWays: signedInProcedure.query(({ ctx }) => ctx.services.people.signInWays(ctx.caller)),

  /** Consents to signing in through what a provider has proved; the token is that of `/link-account`. */
  linkIdentity: signedInProcedure
    .input(z.object({ token, password: z.string().max(1000).optional() }))
    .mutation(({ ctx, input }) => ctx.services.people.linkIdentity(ctx.caller, { ...input, ip: ctx.ip })),

  unlinkIdentity: signedInProcedure
    .input(z.object({ identityId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.people.unlinkIdentity(ctx.caller, input)),

  setUserName: signedInProcedure
    .input(z.object({ userName: z.string().max(100).nullable() }))
    .mutation(({ ctx, input }) => ctx.services.people.setUserName(ctx.caller, input)),

  /** At the door. The same answer whether there is such an account or not; a machine that asks much has to wait. */
  askPasswordLink: publicProcedure
    .input(z.object({ email: z.string().max(320) }))
    .mutation(async ({ ctx, input }) => {
      const place = limitedPlace(ctx.ip);
      const nowMs = ctx.caller.now().getTime();
      passwordLinkLimit.assertMayTry(place, nowMs);
      passwordLinkLimit.failed(place, nowMs);
      await ctx.services.people.askPasswordLink(ctx.caller, input);
    }),

  /** With a one-time link; the caller is not signed in. */
  setPassword: publicProcedure
    .input(z.object({ token, password: z.string().max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.people.setPassword(ctx.caller, input)),
});
