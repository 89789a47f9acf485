import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { ALARM_CODES } from '../../../shared/model/alarm.ts';
import { NOTIFICATION_KINDS, type NotificationChoices } from '../../../shared/model/notification.ts';
import { DELIVERY_STATES, WEBHOOK_EVENTS } from '../../../shared/model/webhook.ts';
import { id, instant } from './columns.ts';
import { instrument } from './experiments.ts';
import { person } from './people.ts';

/** What somebody at the instrument should know, from its first moment until it is over (`alarm-life.ts`). Names no experiment and no data. */
export const alarm = pgTable(
  'alarm',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    code: text('code', { enum: ALARM_CODES }).notNull(),
    /** What tells two of one code apart: ids and names of agents, detectors and folders. */
    subject: text('subject').notNull(),
    level: text('level', { enum: ['warn', 'error'] }).notNull(),
    words: text('words').notNull(),
    todo: text('todo').notNull(),
    /** Percent of a quota, where it grows by steps. */
    step: integer('step'),
    raisedAt: instant('raised_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    toldAt: instant('told_at'),
    escalatedAt: instant('escalated_at'),
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: uuid('acknowledged_by').references(() => person.id),
    note: text('note'),
    clearedAt: instant('cleared_at'),
  },
  (t) => [
    uniqueIndex('alarm_one_standing')
      .on(t.instrumentId, t.code, t.subject)
      .where(sql`${t.clearedAt} is null`),
    index('alarm_cleared').on(t.instrumentId, t.clearedAt),
  ],
);

/** What staff set for the alarms of their instrument; without a row the defaults count. */
export const alarmSetting = pgTable('alarm_setting', {
  instrumentId: uuid('instrument_id')
    .primaryKey()
    .references(() => instrument.id),
  escalateAfterMinutes: integer('escalate_after_minutes').notNull(),
});

/** From `startsAt` on this person is on call at the instrument, until the next row; nobody where it is null. */
export const onCall = pgTable(
  'on_call',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    startsAt: instant('starts_at').notNull(),
    personId: uuid('person_id').references(() => person.id),
    createdBy: uuid('created_by').references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('on_call_starts').on(t.instrumentId, t.startsAt)],
);

/** What a person is told in the app, once per `dedupeKey`. */
export const notification = pgTable(
  'notification',
  {
    id: id(),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    kind: text('kind', { enum: NOTIFICATION_KINDS }).notNull(),
    /** Names the news. */
    dedupeKey: text('dedupe_key').notNull(),
    text: text('text').notNull(),
    /** Path of the page where it is dealt with. */
    link: text('link').notNull(),
    createdAt: instant('created_at').notNull(),
    readAt: instant('read_at'),
  },
  (t) => [
    unique('notification_once').on(t.personId, t.dedupeKey),
    index('notification_newest').on(t.personId, t.id),
    index('notification_unread').on(t.personId).where(sql`${t.readAt} is null`),
    index('notification_created').on(t.createdAt),
  ],
);

/** How a person wants to be told; without a row the defaults count. */
export const notificationSetting = pgTable('notification_setting', {
  personId: uuid('person_id')
    .primaryKey()
    .references(() => person.id),
  choices: jsonb('choices').$type<NotificationChoices>().notNull(),
  /** Minutes of the day on the facility's clocks; both or none. */
  quietFromMinute: integer('quiet_from_minute'),
  quietUntilMinute: integer('quiet_until_minute'),
});

/** Where alarms of an instrument are posted. Its secret is derived from the installation's and is not kept. */
export const webhook = pgTable(
  'webhook',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    url: text('url').notNull(),
    createdAt: instant('created_at').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
    removedAt: instant('removed_at'),
  },
  (t) => [index('webhook_instrument').on(t.instrumentId)],
);

/** One thing to post, and what became of it. */
export const webhookDelivery = pgTable(
  'webhook_delivery',
  {
    id: id(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhook.id),
    alarmId: uuid('alarm_id').references(() => alarm.id),
    event: text('event', { enum: WEBHOOK_EVENTS }).notNull(),
    /** Names the news, so that none is posted twice. */
    dedupeKey: text('dedupe_key').notNull(),
    /** As it is signed and posted. */
    body: text('body').notNull(),
    state: text('state', { enum: DELIVERY_STATES }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** HTTP status of the last answer; null when there was none. */
    lastStatus: integer('last_status'),
    /** How the last answer began, or why there was none. */
    lastAnswer: text('last_answer'),
    createdAt: instant('created_at').notNull(),
    /** After this it has no use any more. */
    uselessAt: instant('useless_at').notNull(),
    claimedUntil: instant('claimed_until'),
    settledAt: instant('settled_at'),
  },
  (t) => [
    unique('webhook_delivery_once').on(t.webhookId, t.dedupeKey),
    index('webhook_delivery_newest').on(t.webhookId, t.id),
    index('webhook_delivery_created').on(t.createdAt),
  ],
);
