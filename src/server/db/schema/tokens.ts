import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { TokenScope } from '../../../shared/permissions/token-scopes.ts';
import { id, instant } from './columns.ts';
import { experiment } from './experiments.ts';
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
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [index('api_token_person').on(t.personId, t.createdAt)],
);
