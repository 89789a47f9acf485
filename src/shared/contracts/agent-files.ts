import { z } from 'zod';
import { frameRangeSchema } from './frame-range.ts';
import { fileChannelSchema, geometrySchema } from './geometry.ts';

/*
 * Files that other programs write (landing folder of a HUB, folders of a SYNC): when they were acquired, and the datasets recognised
 * in them.
 */
const instant = z.iso.datetime();
const uuid = z.uuid();

/**
 * What an agent knows about when a file was acquired; all times on its own clock, server clock = agent clock + clockOffsetMs,
 * right within ± clockDoubtMs. The rule is `whoseFile` in shared/model/whose-data.ts.
 */
export const acquiredSchema = z.object({
  /** First sighting, by event or scan. */
  seenAt: instant,
  /** Since when the source has been watched without a break; what lay there before was not seen arriving. */
  watchedSince: instant,
  /** Birth time in the agent's file system: when this copy appeared; null where there is none. */
  appearedAt: instant.nullable(),
  /** Last modification; kept by copy programs, so it may be older than the copy. */
  modifiedAt: instant,
  clockOffsetMs: z.number(),
  clockDoubtMs: z.number().nonnegative(),
});
export type Acquired = z.infer<typeof acquiredSchema>;

export const fileOriginSchema = z.object({
  /** Name of the agent's source: "landing", or the name of a watched folder. */
  source: z.string().min(1).max(200),
  /**
   * Path below the source, made safe (`cleanPrefix` for each segment, names kept unique). The server puts it under the destination of
   * this source.
   */
  relativePath: z.string().min(1).max(1000),
  /** As on that machine, when it differs: bytes that are no UTF-8 as \xNN. */
  originalPath: z.string().max(4000).nullable(),
  acquired: acquiredSchema,
  sizeBytes: z.int().nonnegative(),
  /**
   * Of the whole file as it is now. When the same source of this instrument has brought the same bytes under the same path before (an
   * agent whose journal was lost), the answer is `known` and nothing is sent.
   */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Upload (its client id) that this one rewrites: the same file of the same acquisition with other bytes. */
  replaces: uuid.nullable(),
  /** Stem of an acquisition begun before a switch of experiments, of which it may be part or not; it goes to the unassigned tray. */
  perhapsOf: z.string().min(1).max(900).optional(),
});
export type FileOrigin = z.infer<typeof fileOriginSchema>;

// ── POST /file-datasets: a dataset recognised in files ─────────────────────────────────────────────────────────────
export const fileDatasetOpenRequestSchema = z.object({
  /** Made by the agent when it recognised the dataset; the idempotency key of everything about it. */
  seriesKey: uuid,
  kind: z.enum(['cbf-series', 'hdf5-master']),
  source: z.string().min(1).max(200),
  /** Path stem below the source, safe: "lyso/run_1" for lyso/run_1_0001.cbf or lyso/run_1_master.h5. */
  stem: z.string().min(1).max(900),
  /** Of the first file seen. */
  acquired: acquiredSchema,
  detector: z.string().max(200),
  detectorSerialNumber: z.string().max(200).nullable(),
  framesExpected: z.int().positive().nullable(),
  /** Frames of every data file but the last; 1 for a CBF series. */
  framesPerFile: z.int().positive(),
  channels: z.array(fileChannelSchema).min(1).max(16),
  geometry: geometrySchema,
  sampleName: z.string().max(200).nullable(),
  /** Stem of a dataset begun before a switch of experiments, which this may go on with or not; it goes to the unassigned tray. */
  perhapsOf: z.string().min(1).max(900).optional(),
});
export type FileDatasetOpenRequest = z.infer<typeof fileDatasetOpenRequestSchema>;
// Answer: `seriesOpenResponseSchema`; end: POST /series/:datasetId/end with `absentFiles`.

// ── POST /series/:datasetId/files: files that were stored before their dataset was recognised ──────────────────────
export const attachFilesRequestSchema = z.object({
  files: z
    .array(
      z.object({
        /** Client id of the upload, which is completed. */
        clientId: uuid,
        kind: z.enum(['data', 'master']),
        /** Frames in it, 0-based, both inclusive; null for a master without images and for parts of the images of another file. */
        frames: frameRangeSchema.nullable(),
      }),
    )
    .min(1)
    .max(500),
});
export type AttachFilesRequest = z.infer<typeof attachFilesRequestSchema>;
export const attachFilesResponseSchema = z.object({ attached: z.int().nonnegative() });
