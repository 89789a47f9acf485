import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { HeartbeatRequest } from '../../../shared/contracts/agent-api.ts';
import { AGENT_COMMANDS } from '../../../shared/contracts/agent-control.ts';
import { FOLDERS, HELD_DECISIONS, UPLOAD_MODES } from '../../../shared/model/states.ts';
import { id, instant } from './columns.ts';
import { experiment, instrument } from './experiments.ts';
import { person } from './people.ts';

export const agent = pgTable(
  'agent',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    kind: text('kind', { enum: ['hub', 'sync'] }).notNull(),
    name: text('name').notNull(),
    /** SHA-256 of the bearer token, hex; null until a licence was exchanged for one. */
    tokenHash: text('token_hash').unique(),
    createdAt: instant('created_at').notNull(),
    revokedAt: instant('revoked_at'),
    version: text('version'),
    lastSeenAt: instant('last_seen_at'),
    /** The last heartbeat without its reports. */
    status: jsonb('status').$type<Omit<HeartbeatRequest, 'reports'>>(),
    /** The switch of staff, and what becomes of what was held while it was not on. */
    uploadMode: text('upload_mode', { enum: UPLOAD_MODES }).notNull().default('on'),
    uploadModeSince: instant('upload_mode_since'),
    uploadModeBy: uuid('upload_mode_by').references(() => person.id),
    uploadHeld: text('upload_held', { enum: HELD_DECISIONS }).notNull().default('send'),
  },
  (t) => [uniqueIndex('agent_name').on(t.instrumentId, t.name)],
);

/** A signed permission to be an agent; the newest of an agent counts. Its file is made once and not kept, only what it says. */
export const agentLicence = pgTable(
  'agent_licence',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    folders: text('folders', { enum: FOLDERS }).array().notNull(),
    issuedAt: instant('issued_at').notNull(),
    issuedBy: uuid('issued_by').references(() => person.id),
    expiresAt: instant('expires_at').notNull(),
    /** SHA-256 of the secret in the file, hex. */
    enrolmentHash: text('enrolment_hash').notNull(),
    /** When and where it was exchanged for a token; another agent that brings it is refused. */
    enrolledAt: instant('enrolled_at'),
    enrolledHost: text('enrolled_host'),
    /** SHA-256 of the key of the agent that exchanged it, hex: only that one is answered again. */
    agentKeyHash: text('agent_key_hash'),
    /** Set and taken back by staff: a revoked licence that is restored works as before. */
    revokedAt: instant('revoked_at'),
    revokedBy: uuid('revoked_by').references(() => person.id),
    revokedReason: text('revoked_reason'),
  },
  (t) => [index('agent_licence_agent').on(t.agentId, t.issuedAt)],
);

/** What staff ask of an agent; it goes with the control document until the agent has told its outcome. */
export const agentCommand = pgTable(
  'agent_command',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    kind: text('kind', { enum: AGENT_COMMANDS }).notNull(),
    ids: uuid('ids').array().notNull(),
    source: text('source'),
    createdAt: instant('created_at').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
    doneAt: instant('done_at'),
    outcome: text('outcome', { enum: ['done', 'failed'] }),
    message: text('message'),
  },
  (t) => [index('agent_command_agent').on(t.agentId, t.createdAt)],
);

/**
 * Where the data of an agent's source go from a moment on: the newest row whose `since` is not after the acquisition counts. `source` is a
 * detector's name, "landing", or the name of a watched folder.
 */
export const destination = pgTable(
  'destination',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    source: text('source').notNull(),
    folder: text('folder', { enum: FOLDERS }).notNull(),
    /** Below the folder: "{date}/{sample}/{prefix}". */
    template: text('template').notNull(),
    since: instant('since').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
  },
  (t) => [uniqueIndex('destination_since').on(t.agentId, t.source, t.since)],
);

/** A change of the active experiment made at an agent's machine, as it was told, and what became of it. */
export const siteSwitch = pgTable(
  'site_switch',
  {
    /** The agent's id of it. */
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    /** On the server's clock. */
    at: instant('at').notNull(),
    clockDoubtMs: integer('clock_doubt_ms').notNull(),
    by: text('by').notNull(),
    receivedAt: instant('received_at').notNull(),
    applied: boolean('applied').notNull(),
    /** Why it was not applied. */
    refusal: text('refusal'),
  },
  (t) => [index('site_switch_agent').on(t.agentId, t.at)],
);

/** What agents reported: faults of the stream, series without experiment, frames lost. Shown in the cockpit. */
export const agentReport = pgTable(
  'agent_report',
  {
    /** The agent's own id of the report, so that a repeated heartbeat stores it once. */
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    at: instant('at').notNull(),
    level: text('level', { enum: ['info', 'warn', 'error'] }).notNull(),
    code: text('code').notNull(),
    message: text('message').notNull(),
    detector: text('detector'),
    seriesKey: uuid('series_key'),
    count: integer('count').notNull(),
  },
  (t) => [index('agent_report_at').on(t.agentId, t.at)],
);
