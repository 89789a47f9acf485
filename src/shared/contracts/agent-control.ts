import { z } from 'zod';
import { EXPERIMENT_STATES, FOLDERS, HELD_DECISIONS, UPLOAD_MODES } from '../model/states.ts';

/**
 * What the server wants of an agent and what an agent must know when there is no server: whether to upload, whose data are whose,
 * which experiments there are. One JSON text, signed with the facility's Ed25519 key, kept by the agent over restarts.
 * Agents ask with POST /control and are answered at once when something changed, else after `waitMs`.
 */
const instant = z.iso.datetime();
const uuid = z.uuid();

/** Longest time the server holds a question for the control document. */
export const MAX_CONTROL_WAIT_MS = 20_000;
/** Activations older than this are not in the control document: what was acquired before is decided by staff. */
export const CONTROL_HISTORY_DAYS = 60;

export const AGENT_COMMANDS = ['rescan', 'retry-poisoned', 'send-left-out'] as const;
export const agentCommandSchema = z.object({
  id: uuid,
  kind: z.enum(AGENT_COMMANDS),
  /** `retry-poisoned`: ids of the entries, all when empty. `rescan`: name of the source, all when null. */
  ids: z.array(uuid).max(1000),
  source: z.string().max(200).nullable(),
});
export type AgentCommand = z.infer<typeof agentCommandSchema>;

export const activationPeriodSchema = z.object({
  experimentId: uuid,
  /** Server's clock. */
  startedAt: instant,
  /** Null: active when the document was made. */
  endedAt: instant.nullable(),
});

export const controlExperimentSchema = z.object({
  id: uuid,
  code: z.string(),
  title: z.string(),
  state: z.enum(EXPERIMENT_STATES),
  /** Switched by its Owner or Manager. */
  upload: z.enum(['on', 'off']),
  uploadSince: instant,
  held: z.enum(HELD_DECISIONS),
});
export type ControlExperiment = z.infer<typeof controlExperimentSchema>;

export const controlDocumentSchema = z.object({
  format: z.literal(1),
  agentId: uuid,
  facility: z.object({ code: z.string(), timeZone: z.string() }),
  instrument: z.object({ id: uuid, slug: z.string(), name: z.string() }),
  /** Changes exactly when anything else here but `issuedAt` changes. */
  revision: z.string(),
  issuedAt: instant,
  uploads: z.object({
    mode: z.enum(UPLOAD_MODES),
    since: instant,
    held: z.enum(HELD_DECISIONS),
  }),
  folders: z.array(z.enum(FOLDERS)),
  /** Where the bytes go: origins of the addresses that parts are sent to, for those who set up firewalls. */
  storeOrigins: z.array(z.url()).max(20).default([]),
  licenceExpiresAt: instant,
  /** The activations listed are all of those that touch the time from here to `issuedAt`. */
  historyFrom: instant,
  activations: z.array(activationPeriodSchema).max(5000),
  /** Switches made on site since then whose time is not known to a second: what began within ± `doubtMs` is nobody's. */
  doubtfulSwitches: z
    .array(z.object({ at: instant, doubtMs: z.number().nonnegative() }))
    .max(5000)
    .default([]),
  /** Experiments of the instrument in Preparation, Running or Processing, and all that the activations name. */
  experiments: z.array(controlExperimentSchema).max(5000),
  commands: z.array(agentCommandSchema).max(100),
});
export type ControlDocument = z.infer<typeof controlDocumentSchema>;

// ── POST /control ──────────────────────────────────────────────────────────────────────────────────────────────────
export const controlRequestSchema = z.object({
  /** Revision the agent holds; null when it holds none. */
  known: z.string().max(100).nullable(),
  waitMs: z.int().min(0).max(MAX_CONTROL_WAIT_MS),
});
export type ControlRequest = z.infer<typeof controlRequestSchema>;
export const controlResponseSchema = z.object({
  serverTime: instant,
  /** Null: what the agent holds is still true. */
  signed: z
    .object({
      /** JSON text of `controlDocumentSchema`, exactly as signed. */
      document: z.string(),
      /** Ed25519 over the UTF-8 bytes of `document`, base64url. */
      signature: z.string(),
    })
    .nullable(),
});
export type ControlResponse = z.infer<typeof controlResponseSchema>;

// ── told with the heartbeat ────────────────────────────────────────────────────────────────────────────────────────
/** A switch made on site, without the server; told until the server has put it into the history. */
export const siteSwitchSchema = z.object({
  id: uuid,
  /** Null: no experiment is active from then on. */
  experimentId: uuid.nullable(),
  /** Agent's clock. */
  at: instant,
  clockOffsetMs: z.number(),
  clockDoubtMs: z.number().nonnegative(),
  /** Account on that machine, for people. */
  by: z.string().max(200),
});
export type SiteSwitch = z.infer<typeof siteSwitchSchema>;

export const commandOutcomeSchema = z.object({
  id: uuid,
  outcome: z.enum(['done', 'failed']),
  message: z.string().max(1000),
});
export type CommandOutcome = z.infer<typeof commandOutcomeSchema>;

/** What an agent has and does not send now. */
export const heldDataSchema = z.object({
  /** Why: the agent's switch, or the experiment's. */
  because: z.enum(['agent-off', 'agent-paused', 'site-paused', 'experiment-off', 'licence']),
  experimentCode: z.string().nullable(),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  since: instant,
});
export type HeldData = z.infer<typeof heldDataSchema>;

/** A file that cannot be sent before a person does something. */
export const poisonedFileSchema = z.object({
  id: uuid,
  source: z.string().max(200),
  /** As a person reads it: bytes that are no UTF-8 as \xNN. */
  path: z.string().max(2000),
  reason: z.string().max(1000),
  since: instant,
  tries: z.int().positive(),
  sizeBytes: z.int().nonnegative().nullable(),
});
export type PoisonedFile = z.infer<typeof poisonedFileSchema>;

/** A watched folder. */
export const folderSourceStatusSchema = z.object({
  name: z.string().max(200),
  path: z.string().max(2000),
  /** `polling` where the file system does not tell of changes. */
  watch: z.enum(['events', 'polling', 'not-there']),
  fault: z.string().max(1000).nullable(),
  /** Files by `SOURCE_FILE_STATES`; confirmed ones since the start. */
  states: z.record(z.string(), z.int().nonnegative()),
  waitingBytes: z.int().nonnegative(),
  lastEventAt: instant.nullable(),
  lastScan: z
    .object({
      at: instant,
      tookMs: z.number(),
      entries: z.int().nonnegative(),
      /** Time of a processor that looking through it took. */
      cpuMs: z.number().nonnegative().optional(),
    })
    .nullable(),
});
export type FolderSourceStatus = z.infer<typeof folderSourceStatusSchema>;

const diskSchema = z.object({ freeBytes: z.int().nonnegative(), totalBytes: z.int().nonnegative() });

/** A file system that an agent needs, and what of it lies there. */
const neededDiskSchema = diskSchema.extend({
  /** Of the agent itself: its buffer, the second folder of that, its state folder. */
  parts: z.array(z.enum(['buffer', 'spill', 'state'])).max(3),
  /** Names of watched folders. */
  folders: z.array(z.string().max(200)).max(100),
});
export type NeededDisk = z.infer<typeof neededDiskSchema>;

export const machineStatusSchema = z.object({
  /** Of the file system of the buffer, and of the state folder. */
  bufferDisk: diskSchema,
  stateDisk: diskSchema,
  /** All of them, these two among them; agents of older versions do not tell. */
  disks: z.array(neededDiskSchema).max(50).optional(),
  memoryFreeBytes: z.int().nonnegative(),
  memoryTotalBytes: z.int().nonnegative(),
  processMemoryBytes: z.int().nonnegative(),
});
export type MachineStatus = z.infer<typeof machineStatusSchema>;
