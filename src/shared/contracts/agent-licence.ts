import { z } from 'zod';
import { FOLDERS } from '../model/states.ts';

/**
 * The licence file of an agent: JSON, made by staff in the web app. `payload` is the base64url of a JSON text (UTF-8) of
 * `licencePayloadSchema`, `signature` the base64url of its Ed25519 signature (RFC 8032) by the facility's key, over exactly those
 * bytes. It is exchanged once for a token (POST /enrol); the agent keeps the facility's public key from that answer and checks every
 * control document with it.
 */
export const LICENCE_FORMAT = 1;
/** Larger files are not read: a licence has about 1 kB. */
export const MAX_LICENCE_BYTES = 16_384;

const instant = z.iso.datetime();

export const licencePayloadSchema = z.object({
  licenceId: z.uuid(),
  agentId: z.uuid(),
  kind: z.enum(['hub', 'sync']),
  name: z.string().min(1).max(100),
  facility: z.object({ code: z.string(), name: z.string() }),
  instrument: z.object({ id: z.uuid(), slug: z.string(), name: z.string() }),
  /** Origin of the web app. */
  server: z.url(),
  /** Folders of an experiment that the agent may write. */
  folders: z.array(z.enum(FOLDERS)).min(1),
  issuedAt: instant,
  expiresAt: instant,
  /** Shown once at POST /enrol; the server keeps its hash. */
  enrolmentSecret: z.string().min(20).max(200),
});
export type LicencePayload = z.infer<typeof licencePayloadSchema>;

export const licenceFileSchema = z.object({
  beamdeckLicence: z.literal(LICENCE_FORMAT),
  payload: z.string().regex(/^[A-Za-z0-9_-]+$/),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type LicenceFile = z.infer<typeof licenceFileSchema>;

// ── POST /enrol (no token yet: the licence is the proof) ───────────────────────────────────────────────────────────
export const enrolRequestSchema = z.object({
  licence: licenceFileSchema,
  /** Name of the machine, for people. */
  host: z.string().max(200),
  version: z.string().max(64),
  /** Made by the agent for its state folder and kept there: whoever asks again with it gets the same answer again, others are refused. */
  agentKey: z.string().min(40).max(200),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;
export const enrolResponseSchema = z.object({
  agentId: z.uuid(),
  /** Bearer token of every further request; told to this agent key alone. */
  token: z.string(),
  /** Ed25519 public key of the facility, 32 bytes, base64url. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  serverTime: instant,
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;
