import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { OFFER_STATES } from '../../../shared/model/invitation.ts';
import { GIVEN_ROLES } from '../../../shared/permissions/permission-table.ts';
import { id, instant } from './columns.ts';
import { experiment, MEMBERSHIP_ORIGINS } from './experiments.ts';
import { person } from './people.ts';

/**
 * Somebody is asked into an experiment, by an e-mail address or by a user name. Whether there is such an account is not to be seen from
 * outside: a name nobody has makes a row like any other, which nobody can accept.
 */
export const invitation = pgTable(
  'invitation',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    /** As the inviter typed it. */
    email: text('email'),
    userName: text('user_name'),
    /** Who had that user name then; never told. */
    personId: uuid('person_id').references(() => person.id),
    role: text('role', { enum: GIVEN_ROLES }).notNull(),
    /** `user-office`: of somebody whom a visit names, made and taken back from there. */
    origin: text('origin', { enum: MEMBERSHIP_ORIGINS }).notNull().default('person'),
    state: text('state', { enum: OFFER_STATES }).notNull(),
    /** SHA-256 of the token in its newest link, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    invitedBy: uuid('invited_by').references(() => person.id),
    createdAt: instant('created_at').notNull(),
    sentAt: instant('sent_at').notNull(),
    /** How many times it was sent. */
    sends: integer('sends').notNull(),
    expiresAt: instant('expires_at').notNull(),
    answeredAt: instant('answered_at'),
    answeredBy: uuid('answered_by').references(() => person.id),
  },
  (t) => [
    uniqueIndex('invitation_one_pending_email')
      .on(t.experimentId, sql`lower(${t.email})`)
      .where(sql`${t.state} = 'pending' and ${t.email} is not null`),
    uniqueIndex('invitation_one_pending_name')
      .on(t.experimentId, t.userName)
      .where(sql`${t.state} = 'pending' and ${t.userName} is not null`),
    index('invitation_email').on(sql`lower(${t.email})`).where(sql`${t.state} = 'pending'`),
    index('invitation_person').on(t.personId).where(sql`${t.state} = 'pending'`),
    index('invitation_inviter').on(t.invitedBy, t.sentAt),
    check('invitation_whom', sql`(${t.email} is null) <> (${t.userName} is null)`),
  ],
);

/** The Owner offers the ownership to somebody in the experiment; it changes hands when that person accepts. */
export const ownershipOffer = pgTable(
  'ownership_offer',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    fromPerson: uuid('from_person')
      .notNull()
      .references(() => person.id),
    toPerson: uuid('to_person')
      .notNull()
      .references(() => person.id),
    state: text('state', { enum: OFFER_STATES }).notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    answeredAt: instant('answered_at'),
  },
  (t) => [
    uniqueIndex('ownership_offer_one_pending').on(t.experimentId).where(sql`${t.state} = 'pending'`),
    index('ownership_offer_to').on(t.toPerson).where(sql`${t.state} = 'pending'`),
  ],
);
