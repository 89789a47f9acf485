import { sql } from 'drizzle-orm';
import type { TriggerEvent } from '../../../shared/model/trigger-rules.ts';
import type { Transaction } from '../../db/client.ts';
import { trigger } from '../../db/schema/index.ts';

/** Behind everything else that waits in the queue: a storm of events holds up no job that is ready, no mail and no move. */
const AFTER_THE_REST = 10;

/**
 * Puts an event in the queue, in the transaction of what happened, if the instrument has a trigger for one of `events` (null: whether or not). Events of one instrument are worked on
 * one after the other, so that those of another have their turn; a second with the same key takes the place of one that waits, which keeps its turn.
 */
export async function enqueueEvent(
  tx: Transaction,
  input: {
    instrumentId: string;
    events: readonly TriggerEvent[] | null;
    payload: Record<string, unknown>;
    key: string;
  },
): Promise<void> {
  const { instrumentId, events, payload, key } = input;
  await tx.execute(sql`
    select graphile_worker.add_job(
      'start-triggered-jobs', ${JSON.stringify(payload)}::json,
      queue_name => ${`triggers:${instrumentId}`}::text,
      job_key => ${`start-triggered-jobs:${key}`}::text,
      job_key_mode => 'preserve_run_at',
      priority => ${AFTER_THE_REST}::int)
    where ${events === null} or exists (
      select 1 from ${trigger} where ${trigger.instrumentId} = ${instrumentId}::uuid and ${trigger.removedAt} is null
        and ${trigger.event} = any(${sql.param(events ?? [])}::text[]))`);
}
