import { z } from 'zod';
import { templateContentSchema } from '#src/shared/contracts/template-content.ts';
import { router, signedInProcedure } from '../trpc.ts';

const slug = z.string().max(40);
const note = z.string().trim().max(300).optional();
const shareWith = z.discriminatedUnion('sharedWith', [
  z.object({ sharedWith: z.literal('person'), personId: z.uuid() }),
  z.object({ sharedWith: z.literal('instrument'), instrumentId: z.uuid() }),
  z.object({ sharedWith: z.literal('facility') }),
  z.object({ sharedWith: z.literal('everyone') }),
]);

/** Job templates: those that ship with the product, and those that people make and share. */
export const templatesRouter = router({
  list: signedInProcedure.query(({ ctx }) => ctx.services.jobTemplates.list(ctx.caller)),

  get: signedInProcedure
    .input(z.object({ slug, version: z.int().positive().nullish() }))
    .query(({ ctx, input }) => ctx.services.jobTemplates.get(ctx.caller, input)),

  facilities: signedInProcedure.query(({ ctx }) => ctx.services.jobTemplates.facilities(ctx.caller)),

  colleagues: signedInProcedure.query(({ ctx }) => ctx.services.jobTemplates.colleagues(ctx.caller)),

  create: signedInProcedure
    .input(z.object({ content: templateContentSchema, note, facility: z.string().max(10).optional() }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.create(ctx.caller, input)),

  /** `version` is the one that was edited. */
  save: signedInProcedure
    .input(z.object({ slug, version: z.int().positive(), content: templateContentSchema, note }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.save(ctx.caller, input)),

  setArchived: signedInProcedure
    .input(z.object({ slug, archived: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.setArchived(ctx.caller, input)),

  share: signedInProcedure
    .input(z.object({ slug, with: shareWith }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.share(ctx.caller, input)),

  endShare: signedInProcedure
    .input(z.object({ slug, shareId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.endShare(ctx.caller, input)),

  setNetwork: signedInProcedure
    .input(z.object({ slug, version: z.int().positive(), facilityId: z.uuid(), allowed: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.setNetwork(ctx.caller, input)),

  checkAgain: signedInProcedure
    .input(z.object({ slug }))
    .mutation(({ ctx, input }) => ctx.services.jobTemplates.checkAgain(ctx.caller, input)),
});
