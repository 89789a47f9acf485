import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ datasetId: z.uuid() });

export const datasetsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        search: z.string().max(200).optional(),
        cursor: z.string().max(100).nullish(),
        limit: z.int().min(1).max(200).default(100),
      }),
    )
    .query(({ ctx, input }) => ctx.services.datasets.listDatasets(ctx.caller, input)),

  get: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.getDataset(ctx.caller, input)),

  /** Where the frames lie: signed addresses and offsets, for a viewer that fetches ranges. */
  frameIndex: signedInProcedure
    .input(
      byId.extend({
        channel: z.string().max(64).nullish(),
        first: z.int().nonnegative().optional(),
        last: z.int().nonnegative().optional(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.datasets.frameIndex(ctx.caller, input)),

  /** Numbers per frame that came with the stream. */
  frameValues: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.frameValues(ctx.caller, input)),

  /** Small pictures of frames, the newest first. */
  previews: signedInProcedure
    .input(byId.extend({ limit: z.int().min(1).max(500).default(100) }))
    .query(({ ctx, input }) => ctx.services.datasets.previews(ctx.caller, input)),

  files: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.files.filesOfDataset(ctx.caller, input)),
});
