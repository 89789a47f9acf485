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

  /** Data of an instrument that belong to nobody, and what was given to experiments lately. */
  tray: signedInProcedure
    .input(
      z.object({
        instrumentId: z.uuid(),
        limit: z.int().min(1).max(500).default(200),
        filesAfter: z.uuid().nullish(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.custody.tray(ctx.caller, input)),

  /** Gives a dataset, or files without one, to an experiment of the instrument. */
  reassign: signedInProcedure
    .input(
      z.object({
        datasetId: z.uuid().optional(),
        fileIds: z.array(z.uuid()).max(500).optional(),
        experimentId: z.uuid(),
        reason: z.string().min(1).max(1000),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.custody.reassign(ctx.caller, input)),

  /** What an experiment was told of data that came to it or left it after they were stored. */
  moves: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), limit: z.int().min(1).max(200).default(50) }))
    .query(({ ctx, input }) => ctx.services.custody.told(ctx.caller, input)),

  retryMove: signedInProcedure
    .input(z.object({ reassignmentId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.custody.retryMove(ctx.caller, input)),

  /** Has the store re-read: all files of the experiment, or those of one dataset. */
  verify: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), datasetId: z.uuid().nullish() }))
    .mutation(({ ctx, input }) => ctx.services.custody.startVerification(ctx.caller, input)),

  verifications: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        datasetId: z.uuid().nullish(),
        limit: z.int().min(1).max(100).default(20),
      }),
    )
    .query(({ ctx, input }) => ctx.services.custody.verifications(ctx.caller, input)),
});
