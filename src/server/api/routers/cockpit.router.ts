import { z } from 'zod';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';

const slug = z.string().max(60);
const bySlug = z.object({ slug });
const byInstrument = z.object({ instrumentId: z.uuid() });

export const cockpitRouter = router({
  view: signedInProcedure
    .input(bySlug)
    .query(({ ctx, input }) => ctx.services.cockpit.view(ctx.caller, input)),

  surroundings: signedInProcedure
    .input(bySlug)
    .query(({ ctx, input }) => ctx.services.cockpit.surroundings(ctx.caller, input)),

  /** For screens too, which nobody is signed in at: `key` of a display link, null = as the person who is signed in. */
  wall: publicProcedure
    .input(z.object({ slug, key: z.string().max(100).nullable() }))
    .query(({ ctx, input }) => ctx.services.cockpit.wall(ctx.caller, input)),

  displayLinks: signedInProcedure
    .input(byInstrument)
    .query(({ ctx, input }) => ctx.services.cockpit.displayLinks(ctx.caller, input)),

  /** The answer holds the key, which is told this once. */
  makeDisplayLink: signedInProcedure
    .input(byInstrument.extend({ name: z.string().min(1).max(80) }))
    .mutation(({ ctx, input }) => ctx.services.cockpit.makeDisplayLink(ctx.caller, input)),

  revokeDisplayLink: signedInProcedure
    .input(z.object({ displayLinkId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.cockpit.revokeDisplayLink(ctx.caller, input)),
});
