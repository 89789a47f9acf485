import { z } from 'zod';
import { DETECTOR_STATES, SERIES_ENDINGS } from '../model/states.ts';
import { channelSchema, chunkFilterSchema, dtypeSchema, geometrySchema } from './geometry.ts';

/**
 * What agents (HUB, SYNC) and the server say to each other: JSON over HTTPS under /api/agent/v1, bearer token.
 * Every call is idempotent: the agent names things by its own ids (`seriesKey`, `clientId`), so that an answer lost on
 * the way is asked for again without doing the thing twice. Times are ISO 8601 UTC; agent times are the agent's clock,
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

/** [first, last], both inclusive, 0-based image ids. */
export const frameRangeSchema = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);
export type FrameRange = z.infer<typeof frameRangeSchema>;

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
});
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;

export const heartbeatResponseSchema = z.object({
  serverTime: instant,
  instrument: z.object({ id: uuid, name: z.string() }),
  activeExperiment: z.object({ code: z.string(), since: instant }).nullable(),
  /** Ids of the reports that are stored now and need not be sent again. */
  reportsStored: z.array(uuid),
});
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>;

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
export type SeriesOpenRequest = z.infer<typeof seriesOpenRequestSchema>;

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
export const uploadOpenItemSchema = z.object({
  clientId: uuid,
  datasetId: uuid.nullable(),
  kind: z.enum(['data', 'master', 'other']),
  /** Experiment-relative, starting with one of the five folders. */
  path: z.string().min(1).max(1000),
  partBytes: z
    .int()
    .min(5 * 1024 * 1024)
    .max(512 * 1024 * 1024),
  /** Parts to sign at once, to save a round trip. */
  signParts: z.array(z.int().min(1).max(10_000)).max(64),
});
export const uploadOpenRequestSchema = z.object({ uploads: z.array(uploadOpenItemSchema).min(1).max(500) });
export type UploadOpenRequest = z.infer<typeof uploadOpenRequestSchema>;

export const signedPartSchema = z.object({ partNumber: z.int().min(1), url: z.url(), expiresAt: instant });
export type SignedPart = z.infer<typeof signedPartSchema>;

export const uploadOpenResponseSchema = z.object({
  uploads: z.array(
    z.object({
      clientId: uuid,
      uploadId: uuid,
      /** The path finally given (a taken name gets a suffix). */
      path: z.string(),
      state: z.enum(['open', 'completed']),
      partCheck: z.enum(['crc32c']),
      signed: z.array(signedPartSchema),
    }),
  ),
});
export type UploadOpenResponse = z.infer<typeof uploadOpenResponseSchema>;

// ── POST /uploads/:uploadId/sign · GET /uploads/:uploadId ────────────────────────────────────────────────────────
export const signPartsRequestSchema = z.object({
  partNumbers: z.array(z.int().min(1).max(10_000)).min(1).max(64),
});
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
});
export type UploadCompleteRequest = z.infer<typeof uploadCompleteRequestSchema>;
export const uploadCompleteResponseSchema = z.object({
  fileId: uuid,
  path: z.string(),
  storedAt: instant,
  committedAt: instant,
});
export type UploadCompleteResponse = z.infer<typeof uploadCompleteResponseSchema>;

// ── POST /series/:datasetId/end (after all its files are confirmed) ────────────────────────────────────────────────
export const seriesEndRequestSchema = z.object({
  endedAt: instant,
  ending: z.enum(SERIES_ENDINGS),
  framesReceived: z.int().nonnegative(),
  /** Frames that never reached the agent, between the first and the last that did. */
  missing: z.array(frameRangeSchema).max(10_000),
  /** Frames that reached the agent and were lost there (crash without a spool, disk full): never silently. */
  lost: z.array(frameRangeSchema).max(10_000),
});
export type SeriesEndRequest = z.infer<typeof seriesEndRequestSchema>;
export const seriesEndResponseSchema = z.object({
  state: z.enum(['complete', 'stopped', 'incomplete', 'open-ended']),
});
export type SeriesEndResponse = z.infer<typeof seriesEndResponseSchema>;
