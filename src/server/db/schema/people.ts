import { sql } from 'drizzle-orm';
import {
  boolean,
  index,
  inet,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { id, instant, int64 } from './columns.ts';

export const facility = pgTable('facility', {
  id: id(),
  /** 2–5 capital letters: the first part of experiment codes. */
  code: text('code').notNull().unique(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  /** So long after its end staff keep access to a proprietary experiment. */
  staffAccessDays: integer('staff_access_days').notNull().default(30),
  /** So long after its end an experiment may be analysed, where no licence of the facility says it. */
  processingWindowDays: integer('processing_window_days').notNull().default(90),
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
    /** When the person proved to read mail sent to this address, or an operator vouched for it; invitations to it are theirs only then. */
    emailVerifiedAt: instant('email_verified_at'),
    /** Chosen by the person so that colleagues can invite them by it; lower case, unique. */
    userName: text('user_name').unique(),
    orcid: text('orcid'),
    createdAt: instant('created_at').notNull(),
    disabledAt: instant('disabled_at'),
  },
  (t) => [
    uniqueIndex('person_email_lower').on(sql`lower(${t.email})`),
    index('person_name').on(sql`lower(${t.name})`, t.id),
  ],
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

/** Who a person is at a provider of OpenID Connect, by which they sign in here: linked by their own consent alone, never by an address. */
export const identity = pgTable(
  'identity',
  {
    id: id(),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    /** `iss` and `sub` of the ID token: together they name somebody for ever; addresses move on to others. */
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    /** As the provider called them last; to recognise it by, decides nothing. */
    label: text('label').notNull(),
    createdAt: instant('created_at').notNull(),
    lastUsedAt: instant('last_used_at').notNull(),
  },
  (t) => [uniqueIndex('identity_subject').on(t.issuer, t.subject), index('identity_person').on(t.personId)],
);

/** What a provider has just said of somebody whom no account is linked to yet; waits a little for what they want. Only the SHA-256 of the token is kept. */
export const identityProof = pgTable('identity_proof', {
  id: id(),
  tokenHash: text('token_hash').notNull().unique(),
  issuer: text('issuer').notNull(),
  subject: text('subject').notNull(),
  /** Null when the provider told none. */
  email: text('email'),
  /** Whether the provider vouches for the address. */
  isEmailVerified: boolean('is_email_verified').notNull(),
  name: text('name'),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});

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
    /** Through whom the person came, where it was not by the password. */
    identityId: uuid('identity_id').references(() => identity.id, { onDelete: 'set null' }),
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

/** Links that work once: to set a password, to prove an e-mail address. Only the SHA-256 of the token is kept. */
export const oneTimeLink = pgTable('one_time_link', {
  id: id(),
  tokenHash: text('token_hash').notNull().unique(),
  personId: uuid('person_id')
    .notNull()
    .references(() => person.id),
  purpose: text('purpose', { enum: ['set-password', 'verify-address'] }).notNull(),
  /** The address that is to be proved. */
  email: text('email'),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});
