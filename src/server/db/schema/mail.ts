import { sql } from 'drizzle-orm';
import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { MAIL_KINDS, MAIL_STATES } from '../../../shared/model/mail.ts';
import { id, instant } from './columns.ts';
import { person } from './people.ts';

/**
 * Mails, written in the transaction of the change they tell of and sent by the queue. `text` and `html` have a mark where the link stands;
 * the link, which is a secret, is removed when the mail has gone.
 */
export const mail = pgTable(
  'mail',
  {
    id: id(),
    /** What the mail is about, so that no change tells twice. */
    dedupeKey: text('dedupe_key').notNull().unique(),
    kind: text('kind', { enum: MAIL_KINDS }).notNull(),
    toAddress: text('to_address').notNull(),
    /** Whose account it is about; null for people without one. */
    personId: uuid('person_id').references(() => person.id),
    /** Who caused it, and is told when it is refused; null for nobody in particular. */
    authorId: uuid('author_id').references(() => person.id),
    /** Path of the page where they deal with it. */
    authorPage: text('author_page'),
    subject: text('subject').notNull(),
    text: text('text').notNull(),
    html: text('html').notNull(),
    link: text('link'),
    state: text('state', { enum: MAIL_STATES }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Why the last try failed: what the mail server said. */
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
    /** When what it says has no use any more: not sent after this, and its link is forgotten. */
    uselessAt: instant('useless_at').notNull(),
    /** A worker sends it until then; after that another may. */
    claimedUntil: instant('claimed_until'),
    sentAt: instant('sent_at'),
  },
  (t) => [
    index('mail_created').on(t.createdAt, t.id),
    index('mail_waiting').on(t.createdAt).where(sql`${t.state} = 'waiting'`),
    index('mail_link').on(t.uselessAt).where(sql`${t.link} is not null`),
  ],
);
