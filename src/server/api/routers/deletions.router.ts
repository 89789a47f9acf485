import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ deletionId: z.uuid() });
const ofExperiment = z.object({ experimentId: z.uuid() });

/** Files outside raw that somebody wants gone, in two steps. */
export const deletionsRouter = router({
  list: signedInProcedure
    .input(ofExperiment)
    .query(({ ctx, input }) => ctx.services.files.deletionsOf(ctx.caller, input)),

  ask: signedInProcedure
    .input(
      ofExperiment.extend({
        folders: z.array(z.string().min(1).max(1000)).max(1000),
        fileIds: z.array(z.uuid()).max(1000),
        reason: z.string().max(500),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.files.askDeletion(ctx.caller, input)),

  decide: signedInProcedure
    .input(byId.extend({ grant: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.files.decideDeletion(ctx.caller, input)),

  /** Of one that waits: takes the request back. Of one that is granted: keeps the files after all. */
  keep: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.files.keepFiles(ctx.caller, input)),
});
