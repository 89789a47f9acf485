import type { Database } from '../../db/client.ts';
import type { Logger } from '../../observability/logger.ts';
import type { PostOutcome, WebhookDriver } from '../../webhook/webhook.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireSystem } from '../people/people.policy.ts';
import {
  claimDelivery,
  type DeliveryRow,
  isWaiting,
  removeDeliveries,
  settleDelivery,
} from './webhook.repository.ts';
import { webhookSecret, webhookSignature } from './webhook-signature.ts';

/** Longer than a try takes; after this another worker may post it. */
const CLAIM_MS = 60 * 1000;
export const KEEP_DELIVERIES_MS = 30 * 24 * 3600 * 1000;

export interface WebhookDeliveryDeps {
  db: Database;
  driver: WebhookDriver;
  log: Logger;
  /** Secret of the installation. */
  secret: string;
}

type Settled = Partial<Pick<DeliveryRow, 'state' | 'lastStatus' | 'lastAnswer'>>;

/** What a try means: 2xx is the only yes, and a place where nothing may be posted the only no; all else may mend itself. */
function settledBy(outcome: PostOutcome): Settled {
  switch (outcome.kind) {
    case 'answered': {
      const { status, answer } = outcome;
      const isTaken = status >= 200 && status < 300;
      return { ...(isTaken && { state: 'delivered' }), lastStatus: status, lastAnswer: answer };
    }
    case 'forbidden':
      return { state: 'refused', lastStatus: null, lastAnswer: outcome.reason };
    case 'unreachable':
      return { lastStatus: null, lastAnswer: outcome.reason };
  }
}

/** Posts what waits for webhooks; for workers. */
export function createWebhookDelivery({ db, driver, log, secret }: WebhookDeliveryDeps) {
  return {
    /**
     * One try. Throws when it is to be tried again, and the queue does so. A worker killed after the receiver answered and before that was written down
     * posts it a second time, with the same id: the receiver can tell by it.
     */
    async deliver(ctx: ServiceContext, { deliveryId }: { deliveryId: string }): Promise<void> {
      requireSystem(ctx);
      const now = ctx.now();
      const row = await claimDelivery(db, deliveryId, now, new Date(now.getTime() + CLAIM_MS));
      if (!row) {
        if (await isWaiting(db, deliveryId))
          throw new Error('Another worker is posting this, or was killed while it did.');
        return;
      }
      if (row.uselessAt <= now) {
        await settleDelivery(db, deliveryId, { state: 'late', settledAt: now });
        log.warn({ deliveryId, status: row.lastStatus }, 'a webhook could not be reached in time');
        return;
      }
      const outcome = await driver.post({
        url: row.url,
        body: row.body,
        headers: {
          'user-agent': 'Beamdeck',
          'beamdeck-event': row.event,
          'beamdeck-delivery': row.id,
          'beamdeck-signature': webhookSignature(webhookSecret(secret, row.webhookId), ctx.now(), row.body),
        },
      });
      const settled = settledBy(outcome);
      await settleDelivery(db, deliveryId, { ...settled, ...(settled.state && { settledAt: ctx.now() }) });
      if (settled.state === undefined) {
        // This comes into the log of the queue: the receiver's address and its words stay in the list that staff see.
        const why = outcome.kind === 'unreachable' ? outcome.code : settled.lastStatus;
        throw new Error(`The webhook did not take it: ${why}`);
      }
    },

    /** Removes what is old. */
    async sweep(ctx: ServiceContext): Promise<number> {
      requireSystem(ctx);
      return removeDeliveries(db, new Date(ctx.now().getTime() - KEEP_DELIVERIES_MS));
    },
  };
}

export type WebhookDelivery = ReturnType<typeof createWebhookDelivery>;
