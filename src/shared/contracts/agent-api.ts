import { z } from 'zod';
import { DETECTOR_STATES, SERIES_ENDINGS, UPLOAD_MODES } from '../model/states.ts';
import {
  commandOutcomeSchema,
  folderSourceStatusSchema,
  heldDataSchema,
  machineStatusSchema,
  poisonedFileSchema,
  siteSwitchSchema,
} from './agent-control.ts';
import { fileOriginSchema } from './agent-files.ts';
import { frameRangeSchema } from './frame-range.ts';
import { channelSchema, chunkFilterSchema, dtypeSchema, geometrySchema } from './geometry.ts';

/**
 * What agents (HUB, SYNC) and the server say to each other: JSON over HTTPS under /api/agent/v1, bearer token.
 * Every call is idempotent: the agent names things by its own ids (`seriesKey`, `clientId`), so that an answer lost on
 * the way is asked for again without doing the thing twice. Fields with a default may be missing, so that older agents are understood. Times are ISO 8601 UTC; agent times are the agent's clock,
 * `clockOffsetMs` (server minus agent, measured with the heartbeat) goes with them.
 */
const instant = z.iso.datetime();
const uuid = z.uuid();
const bytes = z.int().nonnegative();

export const AGENT_API_BASE = '/api/agent/v1';
/** The multipart granularity agents ask for: at least what S3 demands (5 MiB) of every part but the last. */
export const PART_BYTES = 8 * 1024 * 1024;
/** Header of a part PUT to the data server: CRC32C (RFC 3720) of the part, eight lower-case hex digits. */
export const PART_CRC_HEADER = 'x-beamdeck-crc32c';

export type { FrameRange } from './frame-range.ts';

// ── POST /heartbeat ────────────────────────────────────────────────────────────────────────────────────────────────
export const agentReportSchema = z.object({
  id: uuid,
  at: instant,
  level: z.enum(['info', 'warn', 'error']),
  /** e.g. malformed-message, unknown-message-type, image-before-start, second-start, wrong-size, duplicate-image, missing-image, series-timeout, no-active-experiment, frames-lost */
  code: z.string().max(64),
  message: z.string().max(2000),
  detector: z.string().max(200).nullable(),
  seriesKey: uuid.nullable(),
  /** How many times since the last report of this code for this detector (reports of a flood are folded). */
  count: z.int().positive(),
});
export type AgentReport = z.infer<typeof agentReportSchema>;

export const detectorStatusSchema = z.object({
  name: z.string().max(200),
  protocol: z.string().max(40),
  mode: z.enum(['connect', 'bind']),
  endpoints: z.array(z.string().max(300)).max(64),
  state: z.enum(DETECTOR_STATES),
  lastMessageAt: instant.nullable(),
  lastError: z.object({ at: instant, code: z.string(), message: z.string() }).nullable(),
  messages: z.int().nonnegative(),
  bytes,
  frames: z.int().nonnegative(),
  /** Counts by problem code since the agent started. */
  problems: z.record(z.string(), z.int().nonnegative()),
  series: z
    .object({
      datasetId: uuid.nullable(),
      seriesKey: uuid,
      received: z.int().nonnegative(),
      expected: z.int().nonnegative().nullable(),
    })
    .nullable(),
});
export type DetectorStatus = z.infer<typeof detectorStatusSchema>;

export const heartbeatRequestSchema = z.object({
  sentAt: instant,
  startedAt: instant,
  version: z.string().max(64),
  clock: z.object({ offsetMs: z.number().nullable(), roundTripMs: z.number().nullable() }),
  buffer: z.object({ usedBytes: bytes, maxBytes: bytes, dir: z.string() }),
  queue: z.object({ files: z.int().nonnegative(), bytes }),
  rates: z.object({
    receivedBytesPerS: z.number().nonnegative(),
    uploadedBytesPerS: z.number().nonnegative(),
    framesPerS: z.number().nonnegative(),
  }),
  detectors: z.array(detectorStatusSchema).max(64),
  lastError: z.object({ at: instant, code: z.string(), message: z.string() }).nullable(),
  reports: z.array(agentReportSchema).max(200),
  /** Null from agents that cannot tell. */
  machine: machineStatusSchema.nullable().default(null),
  /** How long the free part of the buffer lasts at the rate of the last minute, without any upload; null when nothing comes in. */
  bufferLastsS: z.number().nonnegative().nullable().default(null),
  /** Parts on their way to the store, and how many of full size go at once now; null from agents that cannot tell. */
  sending: z.object({ parts: z.int().nonnegative(), atOnce: z.int().positive() }).nullable().default(null),
  /** The switch as the agent obeys it now; `site` when it was switched at the agent's machine. */
  uploads: z
    .object({ mode: z.enum(UPLOAD_MODES), by: z.enum(['server', 'site']), since: instant })
    .nullable()
    .default(null),
  /** Revision of the control document the agent acts by. */
  controlRevision: z.string().max(100).nullable().default(null),
  held: z.array(heldDataSchema).max(200).default([]),
  folders: z.array(folderSourceStatusSchema).max(64).default([]),
  /** The first 100, oldest first, and how many there are. */
  poisoned: z.array(poisonedFileSchema).max(100).default([]),
  poisonedTotal: z.int().nonnegative().default(0),
  siteSwitches: z.array(siteSwitchSchema).max(100).default([]),
  commandOutcomes: z.array(commandOutcomeSchema).max(100).default([]),
});
export type HeartbeatRequest = z.input<typeof heartbeatRequestSchema>;

export const heartbeatResponseSchema = z.object({
  serverTime: instant,
  instrument: z.object({ id: uuid, name: z.string() }),
  activeExperiment: z.object({ code: z.string(), since: instant }).nullable(),
  /** Ids of the reports that are stored now and need not be sent again. */
  reportsStored: z.array(uuid),
  /** Switches on site that are in the history now, or were refused with a report; not to be told again. */
  siteSwitchesStored: z.array(uuid).default([]),
  commandOutcomesStored: z.array(uuid).default([]),
});
export type HeartbeatResponse = z.input<typeof heartbeatResponseSchema>;

// ── POST /series ───────────────────────────────────────────────────────────────────────────────────────────────────
export const seriesOpenRequestSchema = z.object({
  /** Made by the agent when it saw the start message; the idempotency key of everything about the series. */
  seriesKey: uuid,
  detector: z.string().max(200),
  detectorSerialNumber: z.string().max(200),
  seriesUniqueId: z.string().max(200),
  seriesId: z.int().nonnegative(),
  /** When the start message was received, agent clock. Decides which experiment the data belong to. */
  startedAt: instant,
  clockOffsetMs: z.number(),
  /** The offset is right within ± this: half the round trip it was measured with, grown by drift since. */
  clockDoubtMs: z.number().nonnegative().default(0),
  /** How many agents receive parts of this series (a stream split by file number); each opens, ends and tells its own part. */
  participants: z.int().min(1).max(64).default(1),
  /** Wanted name inside raw/, folders kept ("lyso/run_1"), already cleaned by the agent; the server cleans it again. */
  prefix: z.string().max(400),
  framesExpected: z.int().positive().nullable(),
  framesPerFile: z.int().positive(),
  channels: z.array(channelSchema).min(1).max(16),
  geometry: geometrySchema,
  sampleName: z.string().max(200).nullable(),
  /** The user data of the start message, when it is JSON (or CBOR that JSON can say). */
  userData: z.unknown(),
});
export type SeriesOpenRequest = z.input<typeof seriesOpenRequestSchema>;

export const seriesOpenResponseSchema = z.object({
  datasetId: uuid,
  /** Experiment-relative base of all file names, e.g. "raw/lyso/run_1_2": `${base}_master.h5`, `${base}_data_000001.h5`. */
  base: z.string(),
  experimentCode: z.string().nullable(),
  /** Set when no experiment could be told: the data go to the instrument's unassigned tray. */
  unassignedReason: z.string().nullable(),
});
export type SeriesOpenResponse = z.infer<typeof seriesOpenResponseSchema>;

// ── POST /uploads ──────────────────────────────────────────────────────────────────────────────────────────────────
/** What a part will be, told before it is sent. */
export const announcedPartSchema = z.object({
  partNumber: z.int().min(1).max(10_000),
  sizeBytes: bytes,
  crc32c: z.string().regex(/^[0-9a-f]{8}$/),
  md5: z.string().regex(/^[0-9a-f]{32}$/),
});
export type AnnouncedPart = z.infer<typeof announcedPartSchema>;

export const uploadOpenItemSchema = z.object({
  clientId: uuid,
  datasetId: uuid.nullable(),
  kind: z.enum(['data', 'master', 'other']),
  /** Experiment-relative, starting with one of the five folders. Of a file with `origin`: not looked at, the server makes it. */
  path: z.string().min(1).max(1000),
  /** For files of a watched folder, with and without a dataset. */
  origin: fileOriginSchema.nullable().default(null),
  partBytes: z
    .int()
    .min(5 * 1024 * 1024)
    .max(512 * 1024 * 1024),
  /** Parts to sign at once, to save a round trip. */
  signParts: z.array(z.int().min(1).max(10_000)).max(64),
  /** With `partCheck: 'md5'`, which an agent knows from answers it had: these parts are signed at once in place of `signParts`. */
  announced: z.array(announcedPartSchema).max(64).default([]),
});
export const uploadOpenRequestSchema = z.object({ uploads: z.array(uploadOpenItemSchema).min(1).max(500) });
export type UploadOpenRequest = z.input<typeof uploadOpenRequestSchema>;

export const signedPartSchema = z.object({
  partNumber: z.int().min(1),
  url: z.url(),
  expiresAt: instant,
  /** What has to be sent with it, exactly so, beside the Content-MD5. */
  headers: z.record(z.string(), z.string()).optional(),
});
export type SignedPart = z.infer<typeof signedPartSchema>;

export const uploadOpenResponseSchema = z.object({
  uploads: z.array(
    z.object({
      clientId: uuid,
      uploadId: uuid,
      /** The path finally given (a taken name gets a suffix). */
      path: z.string(),
      /** `known`: these very bytes of this source are stored already; there is nothing to upload. */
      state: z.enum(['open', 'completed', 'known']),
      /**
       * How the store proves a part. `crc32c`: it looks at the checksum that comes with the part. `md5`: it knows only MD5, so its own address
       * is to be had by announcing a part with its digests, and counts only with that Content-MD5; what is not announced goes to the data
       * server, as with `crc32c`.
       */
      partCheck: z.enum(['crc32c', 'md5']),
      signed: z.array(signedPartSchema),
      /** Of files without a dataset: whose they are. */
      experimentCode: z.string().nullable().default(null),
      unassignedReason: z.string().nullable().default(null),
    }),
  ),
});
export type UploadOpenResponse = z.input<typeof uploadOpenResponseSchema>;

// ── POST /uploads/:uploadId/sign · GET /uploads/:uploadId ────────────────────────────────────────────────────────
export const signPartsRequestSchema = z.object({
  partNumbers: z.array(z.int().min(1).max(10_000)).min(1).max(64),
  /** Of these parts, with `partCheck: 'md5'`: what they will be. */
  announced: z.array(announcedPartSchema).max(64).default([]),
});
export type SignPartsRequest = z.input<typeof signPartsRequestSchema>;
export const signPartsResponseSchema = z.object({ signed: z.array(signedPartSchema) });
export const storedPartSchema = z.object({
  partNumber: z.int().min(1),
  sizeBytes: bytes,
  crc32c: z.string().regex(/^[0-9a-f]{8}$/),
});
export type StoredPart = z.infer<typeof storedPartSchema>;
export const uploadStateResponseSchema = z.object({
  uploadId: uuid,
  state: z.enum(['open', 'completed', 'aborted']),
  parts: z.array(storedPartSchema),
});

// ── POST /uploads/:uploadId/complete ───────────────────────────────────────────────────────────────────────────────
/** Where the frames of one channel lie in a file. */
export const chunkTableSchema = z.object({
  channel: z.string(),
  /** 0-based image id of the first row. */
  firstFrame: z.int().nonnegative(),
  rows: z.int().positive(),
  /** base64 of rows × (u64 LE offset, u32 LE size): size 0 = this frame never came. */
  entries: z.string(),
});
export type ChunkTable = z.infer<typeof chunkTableSchema>;

export const maskLocationSchema = z.object({
  channel: z.string(),
  offset: bytes,
  sizeBytes: bytes,
  dtype: dtypeSchema,
  shape: z.tuple([z.int().positive(), z.int().positive()]),
  filter: chunkFilterSchema,
});
export type MaskLocation = z.infer<typeof maskLocationSchema>;

/** A number per frame that came with the stream: spots, background, resolutionA, indexed … */
export const frameValuesSchema = z.object({
  name: z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/),
  /** 0-based image id of the first value. */
  firstFrame: z.int().nonnegative(),
  /** base64 of float32 LE, one per frame; NaN = none for this frame. */
  values: z.string(),
});
export type FrameValues = z.infer<typeof frameValuesSchema>;

export const uploadCompleteRequestSchema = z.object({
  sizeBytes: bytes,
  /** SHA-256 of the whole file, computed at the source; 64 lower-case hex digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  parts: z.array(storedPartSchema).min(1).max(10_000),
  stamps: z.object({
    /** First byte written at the source (for a stream: first image of the file received). */
    createdAt: instant,
    /** Nothing more to come (for a stream: last image of the file received). */
    settledAt: instant,
    firstPartSentAt: instant,
    clockOffsetMs: z.number(),
  }),
  chunks: z.array(chunkTableSchema).max(16),
  /** For a master: where the pixel masks lie in it. */
  masks: z.array(maskLocationSchema).max(16),
  frameValues: z.array(frameValuesSchema).max(32).default([]),
});
export type UploadCompleteRequest = z.input<typeof uploadCompleteRequestSchema>;
export const uploadCompleteResponseSchema = z.object({
  fileId: uuid,
  path: z.string(),
  storedAt: instant,
  committedAt: instant,
});
export type UploadCompleteResponse = z.infer<typeof uploadCompleteResponseSchema>;

// ── POST /uploads/complete: many small files at once; what is refused of one says nothing about the others ─────────
export const MAX_COMPLETIONS = 100;
export const uploadsCompleteRequestSchema = z.object({
  uploads: z
    .array(uploadCompleteRequestSchema.extend({ uploadId: uuid }))
    .min(1)
    .max(MAX_COMPLETIONS),
});
export type UploadsCompleteRequest = z.input<typeof uploadsCompleteRequestSchema>;
export const uploadsCompleteResponseSchema = z.object({
  /** In the order asked for; one of the two is set. */
  uploads: z.array(
    z.object({
      uploadId: uuid,
      file: uploadCompleteResponseSchema.nullable(),
      /** As the answer of POST /uploads/:uploadId/complete would be. */
      refusal: z
        .object({
          status: z.int(),
          code: z.string(),
          message: z.string(),
          retryAfterS: z.number().nullable(),
        })
        .nullable(),
    }),
  ),
});
export type UploadsCompleteResponse = z.infer<typeof uploadsCompleteResponseSchema>;

// ── POST /series/:datasetId/end (after all its files are confirmed) ────────────────────────────────────────────────
export const seriesEndRequestSchema = z.object({
  endedAt: instant,
  ending: z.enum(SERIES_ENDINGS),
  framesReceived: z.int().nonnegative(),
  /** Frames that never reached the agent, between the first and the last that did. */
  missing: z.array(frameRangeSchema).max(10_000),
  /** Frames that reached the agent and were lost there (crash without a spool, disk full): never silently. */
  lost: z.array(frameRangeSchema).max(10_000),
  /** Files that a master names and that never came, relative to it. */
  absentFiles: z.array(z.string().max(1000)).max(1000).default([]),
});
export type SeriesEndRequest = z.input<typeof seriesEndRequestSchema>;
export const seriesEndResponseSchema = z.object({
  state: z.enum(['complete', 'stopped', 'incomplete', 'open-ended']),
  /**
   * Of a series with several participants: set for the one that is to write the master, when all have ended; the data files of all of
   * them. Who got it uploads the master and ends once more.
   */
  master: z
    .object({
      files: z.array(
        z.object({ number: z.int().positive(), rows: z.int().positive(), absent: z.array(frameRangeSchema) }),
      ),
    })
    .nullable()
    .default(null),
  /** Of a series with several participants: there is no master yet and it may still fall to this one to write it. It asks again. */
  awaitsMaster: z.boolean().default(false),
});
export type SeriesEndResponse = z.input<typeof seriesEndResponseSchema>;

// ── PUT /series/:datasetId/previews/:frame?kept=0|1: a PNG ─────────────────────────────────────────────────────────
/** Previews travel ahead of raw data and through the web app, since they are small. */
export const MAX_PREVIEW_BYTES = 150_000;
export const previewResponseSchema = z.object({ storedAt: instant });
