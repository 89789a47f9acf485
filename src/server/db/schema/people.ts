import { sql } from 'drizzle-orm';
import { boolean, index, inet, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, int64 } from './columns.ts';

export const facility = pgTable('facility', {
  id: id(),
  /** 2–5 capital letters: the first part of experiment codes. */
  code: text('code').notNull().unique(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  createdAt: instant('created_at').notNull(),
});

export const person = pgTable(
  'person',
  {
    id: id(),
    email: text('email').notNull(),
    name: text('name').notNull(),
    /** argon2id, PHC string; null until the person has chosen a password. */
    passwordHash: text('password_hash'),
    orcid: text('orcid'),
    createdAt: instant('created_at').notNull(),
    disabledAt: instant('disabled_at'),
  },
  (t) => [uniqueIndex('person_email_lower').on(sql`lower(${t.email})`)],
);

export const facilityAdmin = pgTable(
  'facility_admin',
  {
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.facilityId, t.personId] })],
);

/** One row per signed-in browser; the token carries its id (`sid`), so that a session can be revoked. */
export const authSession = pgTable(
  'auth_session',
  {
    id: id(),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    createdAt: instant('created_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    userAgent: text('user_agent'),
    ip: inet('ip'),
  },
  (t) => [index('auth_session_person').on(t.personId)],
);

/** Counted by the rate limit; swept after a day. */
export const signInAttempt = pgTable(
  'sign_in_attempt',
  {
    id: int64('id').primaryKey().generatedAlwaysAsIdentity(),
    email: text('email').notNull(),
    ip: text('ip').notNull(),
    at: instant('at').notNull(),
    succeeded: boolean('succeeded').notNull(),
  },
  (t) => [index('sign_in_attempt_email').on(t.email, t.at), index('sign_in_attempt_ip').on(t.ip, t.at)],
);

/** Links that work once (set a password). Only the SHA-256 of the token is kept. */
export const oneTimeLink = pgTable('one_time_link', {
  id: id(),
  tokenHash: text('token_hash').notNull().unique(),
  personId: uuid('person_id')
    .notNull()
    .references(() => person.id),
  purpose: text('purpose', { enum: ['set-password'] }).notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});
