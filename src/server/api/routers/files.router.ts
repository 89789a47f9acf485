import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ fileId: z.uuid() });

export const filesRouter = router({
  folder: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        parent: z.string().max(1000),
        cursor: z.string().max(1100).nullish(),
        limit: z.int().min(1).max(1000).default(500),
      }),
    )
    .query(({ ctx, input }) => ctx.services.files.listFolder(ctx.caller, input)),

  get: signedInProcedure.input(byId).query(({ ctx, input }) => ctx.services.files.getFile(ctx.caller, input)),

  /** Audited, so not a query: it must not run because a page was drawn. */
  download: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.files.signDownload(ctx.caller, input)),

  view: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.files.signView(ctx.caller, input)),

  verify: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.files.verifyFile(ctx.caller, input)),

  /** Who brought it from where, when each step was done, its hash, its former contents. */
  custody: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.custody.fileCustody(ctx.caller, input)),
});
