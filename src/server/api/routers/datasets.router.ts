import { z } from 'zod';
import { MAX_SNAPSHOT_BYTES, snapshotFields } from '#src/server/domain/datasets/snapshots.ts';
import {
  ACQUISITION_MARKS,
  acquisitionEditFields,
  announcementFields,
  announcementSchema,
  isNamed,
  NAMELESS,
} from '#src/shared/model/acquisition-fields.ts';
import { ACQUISITION_KINDS, DATASET_STATES } from '#src/shared/model/states.ts';
import { router, signedInProcedure } from '../trpc.ts';

const byId = z.object({ datasetId: z.uuid() });

export const datasetsRouter = router({
  list: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        /** In names, samples and comments. */
        search: z.string().max(200).optional(),
        state: z.enum(DATASET_STATES).optional(),
        kind: z.enum(ACQUISITION_KINDS).optional(),
        mark: z.enum([...ACQUISITION_MARKS, 'none']).optional(),
        /** By its name. */
        sample: z.string().min(1).max(200).optional(),
        withoutSample: z.boolean().optional(),
        /** By a number of the summary; without it the newest first. */
        sort: z.object({ metric: z.string().min(1).max(100), falls: z.boolean() }).optional(),
        cursor: z.string().max(100).nullish(),
        limit: z.int().min(1).max(200).default(100),
      }),
    )
    .query(({ ctx, input }) => ctx.services.datasets.listDatasets(ctx.caller, input)),

  /** What was measured, and what was announced and has no data yet (`waiting`: that alone). */
  acquisitions: signedInProcedure
    .input(
      z.object({
        experimentId: z.uuid(),
        waiting: z.boolean().optional(),
        cursor: z.string().max(100).nullish(),
        limit: z.int().min(1).max(200).default(100),
      }),
    )
    .query(({ ctx, input }) => ctx.services.datasets.acquisitions(ctx.caller, input)),

  announce: signedInProcedure
    .input(
      z
        .object({ ...announcementFields, experimentId: z.uuid() })
        .refine(isNamed, { error: NAMELESS, path: ['name'] }),
    )
    .mutation(({ ctx, input }) => ctx.services.datasets.announce(ctx.caller, input)),

  /** Many at once, all or none. */
  writeAcquisitions: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), acquisitions: z.array(announcementSchema).min(1).max(1000) }))
    .mutation(({ ctx, input }) => ctx.services.datasets.writeAcquisitions(ctx.caller, input)),

  /** From a table of separated values: tried first, or written. */
  importAcquisitions: signedInProcedure
    .input(z.object({ experimentId: z.uuid(), text: z.string().max(500_000), dryRun: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.services.datasets.importAcquisitions(ctx.caller, input)),

  /** Corrects what is said of the acquisition behind a dataset. */
  editAcquisition: signedInProcedure
    .input(
      byId.extend({
        ...acquisitionEditFields,
        version: z
          .int()
          .min(1)
          .max(2 ** 31 - 1),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.datasets.editAcquisition(ctx.caller, input)),

  /** Takes back what was announced and has no data yet. */
  withdrawAcquisition: signedInProcedure
    .input(z.object({ acquisitionId: z.uuid() }))
    .mutation(({ ctx, input }) => ctx.services.datasets.withdrawAcquisition(ctx.caller, input)),

  /** A picture of what is measured; of the same name it takes its place. */
  addSnapshot: signedInProcedure
    .input(
      z.object({
        ...{ acquisitionId: z.uuid(), ...snapshotFields },
        base64: z.base64('These are no bytes in base64.').max(Math.ceil(MAX_SNAPSHOT_BYTES / 3) * 4 + 4),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.datasets.addSnapshot(ctx.caller, input)),

  removeSnapshot: signedInProcedure
    .input(z.object({ acquisitionId: z.uuid(), name: snapshotFields.name }))
    .mutation(({ ctx, input }) => ctx.services.datasets.removeSnapshot(ctx.caller, input)),

  snapshots: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.snapshots(ctx.caller, input)),

  get: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.getDataset(ctx.caller, input)),

  /** What a row of a list draws beside its words: spots per frame, a picture of what is measured. */
  glance: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.glance(ctx.caller, input)),

  /** The lattice of a scan with the numbers per frame that lie on it. */
  scan: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.datasets.scan(ctx.caller, input)),

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

  /** Looks into files of another program that were stored when nobody could tell where their frames lie. */
  locateFrames: signedInProcedure
    .input(byId)
    .mutation(({ ctx, input }) => ctx.services.ingest.locateFrames(ctx.caller, input)),

  /** Runs whose spots can be shown over its frames, the one that stands for it first. */
  spotRuns: signedInProcedure
    .input(byId)
    .query(({ ctx, input }) => ctx.services.jobResults.spotRuns(ctx.caller, input)),

  /** Numbers per frame: those of the stream, and spots of fast feedback where it told none. */
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
