import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { TokenScope } from '../../../shared/permissions/token-scopes.ts';
import { id, instant } from './columns.ts';
import { experiment, instrument } from './experiments.ts';
import { person } from './people.ts';

/** What a person gave a program of theirs to act with. Rights are looked up at every request: what the person holds then, within the scopes. */
export const apiToken = pgTable(
  'api_token',
  {
    id: id(),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    name: text('name').notNull(),
    /** SHA-256 of 256 random bits, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    scopes: jsonb('scopes').$type<TokenScope[]>().notNull(),
    /** Null: every experiment of the person. */
    experimentId: uuid('experiment_id').references(() => experiment.id),
    /** Of a token for one instrument: it holds what its person holds as staff there, and nothing else of them. */
    instrumentId: uuid('instrument_id').references(() => instrument.id),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    index('api_token_person').on(t.personId, t.createdAt),
    index('api_token_instrument').on(t.instrumentId, t.createdAt).where(sql`${t.instrumentId} is not null`),
    check('api_token_one_place', sql`${t.experimentId} is null or ${t.instrumentId} is null`),
  ],
);

/** What a creating request with an Idempotency-Key was answered: written in the transaction of what it created, and given again for the same key. */
export const keptAnswer = pgTable(
  'kept_answer',
  {
    tokenId: uuid('token_id')
      .notNull()
      .references(() => apiToken.id),
    key: text('key').notNull(),
    /** SHA-256 of operation and input, hex: the same key with another request is refused. */
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull(),
    answer: jsonb('answer').$type<unknown>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tokenId, t.key] }), index('kept_answer_created').on(t.createdAt)],
);
