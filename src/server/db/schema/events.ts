import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant, int64, xid8 } from './columns.ts';

/**
 * Live events, written in the transaction of the change they tell of. Sequence numbers alone do not tell the order of commits: a reader that has
 * seen 7 may have 6 committed behind its back. So rows carry their transaction id, and readers take only rows of transactions
 * older than every running one (`pg_snapshot_xmin`), in the order (txid, seq). A trigger (in SQL) notifies once per statement.
 */
export const outbox = pgTable(
  'outbox',
  {
    seq: int64('seq').primaryKey().generatedAlwaysAsIdentity(),
    txid: xid8('txid').notNull().default(sql`pg_current_xact_id()`),
    topic: text('topic').notNull(),
    kind: text('kind').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    at: instant('at').notNull(),
  },
  (t) => [index('outbox_order').on(t.txid, t.seq), index('outbox_at').on(t.at)],
);

/** Who did what; written in the transaction of the change. */
export const audit = pgTable(
  'audit',
  {
    id: int64('id').primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull(),
    principalKind: text('principal_kind', { enum: ['person', 'agent', 'system', 'anonymous'] }).notNull(),
    principalId: text('principal_id'),
    action: text('action').notNull(),
    entityKind: text('entity_kind').notNull(),
    entityId: uuid('entity_id'),
    experimentId: uuid('experiment_id'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
    requestId: text('request_id'),
  },
  (t) => [
    index('audit_entity').on(t.entityId, t.at),
    index('audit_experiment').on(t.experimentId, t.at),
    index('audit_principal').on(t.principalId, t.id),
    index('audit_action').on(t.action, t.id),
    index('audit_at').on(t.at),
  ],
);
