import { sql } from 'drizzle-orm';
import { type LiveEvent, type LiveKind, liveEventSchema } from '../../shared/contracts/live-events.ts';
import type { Queryable } from '../db/client.ts';
import { cursorText, type OutboxCursor } from './outbox-cursor.ts';

interface OutboxRow extends Record<string, unknown> {
  txid: string;
  seq: string;
  topic: string;
  kind: LiveKind;
  data: Record<string, unknown>;
  at: string;
}

export interface ReadEvent {
  cursor: OutboxCursor;
  event: LiveEvent;
}

function toEvent(row: OutboxRow): ReadEvent | null {
  const cursor = { txid: BigInt(row.txid), seq: BigInt(row.seq) };
  const parsed = liveEventSchema.safeParse({
    id: cursorText(cursor),
    topic: row.topic,
    kind: row.kind,
    at: new Date(row.at).toISOString(),
    data: row.data,
  });
  // A kind that only a newer version of another process knows: of no use to our browsers, and no reason to stop.
  return parsed.success ? { cursor, event: parsed.data } : null;
}

/** Rows of transactions older than every running one: what is read here is final, nothing can commit before it any more. */
const SETTLED = sql`txid < pg_snapshot_xmin(pg_current_snapshot())`;

/**
 * Events behind the cursor in the order (txid, seq), at most `limit`. `topics` null reads all. `next` is where to go on;
 * `full` says that more may be there already.
 */
export async function readSettled(
  q: Queryable,
  cursor: OutboxCursor,
  options: { limit: number; topics: readonly string[] | null; upTo?: OutboxCursor },
): Promise<{ events: ReadEvent[]; next: OutboxCursor; full: boolean }> {
  const { limit, topics, upTo } = options;
  const { rows } = await q.execute<OutboxRow>(sql`
    select txid::text as txid, seq::text as seq, topic, kind, data, at::text as at
    from outbox
    where (txid, seq) > (${cursor.txid.toString()}::xid8, ${cursor.seq.toString()}::bigint)
      and ${SETTLED}
      ${upTo ? sql`and (txid, seq) <= (${upTo.txid.toString()}::xid8, ${upTo.seq.toString()}::bigint)` : sql``}
      ${topics ? sql`and topic in (select jsonb_array_elements_text(${JSON.stringify(topics)}::text::jsonb))` : sql``}
    order by txid, seq
    limit ${limit}`);
  const last = rows.at(-1);
  return {
    events: rows.map(toEvent).filter((read) => read !== null),
    next: last ? { txid: BigInt(last.txid), seq: BigInt(last.seq) } : cursor,
    full: rows.length === limit,
  };
}

/** The newest events up to the cursor, at most `limit`, in order: an unbroken end of all there were by then. */
export async function readRecent(q: Queryable, upTo: OutboxCursor, limit: number): Promise<ReadEvent[]> {
  const { rows } = await q.execute<OutboxRow>(sql`
    select txid::text as txid, seq::text as seq, topic, kind, data, at::text as at
    from outbox
    where (txid, seq) <= (${upTo.txid.toString()}::xid8, ${upTo.seq.toString()}::bigint) and ${SETTLED}
    order by txid desc, seq desc
    limit ${limit}`);
  return rows
    .reverse()
    .map(toEvent)
    .filter((read) => read !== null);
}

/** True when committed events wait for an older transaction to end. */
export async function hasUnsettled(q: Queryable): Promise<boolean> {
  const { rows } = await q.execute<{ waiting: boolean }>(
    sql`select exists (select 1 from outbox where not ${SETTLED}) as waiting`,
  );
  return rows[0]?.waiting ?? false;
}

/** The cursor of "now": whatever is final already lies before it, whatever comes lies behind. */
export async function cursorNow(q: Queryable): Promise<OutboxCursor> {
  const { rows } = await q.execute<{ xmin: string }>(
    sql`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`,
  );
  return { txid: BigInt(rows[0]!.xmin), seq: 0n };
}

/**
 * Whether everything behind the cursor is still kept. False when older events were swept up to it (or all were), and when
 * the cursor lies in the future: it then comes from another database.
 */
export async function isKept(q: Queryable, cursor: OutboxCursor): Promise<boolean> {
  const { rows } = await q.execute<{ kept: boolean }>(sql`
    select ${cursor.txid.toString()}::xid8 <= pg_snapshot_xmax(pg_current_snapshot())
       and exists (
         select 1 from outbox
         where (txid, seq) <= (${cursor.txid.toString()}::xid8, ${cursor.seq.toString()}::bigint)
       ) as kept`);
  return rows[0]?.kept ?? false;
}

/**
 * Removes whole transactions, oldest first, up to the newest one that wrote before `before`: what stays is always an
 * unbroken end of the order, which `isKept` relies on. Returns how many rows went.
 */
export async function sweepOutbox(q: Queryable, before: Date): Promise<number> {
  const { rows } = await q.execute(sql`
    delete from outbox
    where txid <= (
      select txid from outbox where at < ${before.toISOString()}::timestamptz order by txid desc limit 1
    )
    returning seq`);
  return rows.length;
}
