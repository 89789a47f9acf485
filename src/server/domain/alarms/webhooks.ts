import { AppError } from '../../../shared/errors/app-error.ts';
import type { DeliveryState, WebhookEvent } from '../../../shared/model/webhook.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { findPlace } from './alarm.repository.ts';
import { postTo } from './post-alarm.ts';
import {
  countTests,
  findWebhook,
  insertWebhook,
  newestDeliveries,
  removeWebhook,
  webhooksOf,
} from './webhook.repository.ts';
import { webhookSecret } from './webhook-signature.ts';

const MOST_WEBHOOKS = 5;
const MOST_TESTS_PER_HOUR = 20;
const HOUR_MS = 3600 * 1000;
const DELIVERIES_SHOWN = 20;

export interface DeliveryView {
  deliveryId: string;
  event: WebhookEvent;
  state: DeliveryState;
  attempts: number;
  lastStatus: number | null;
  lastAnswer: string | null;
  createdAt: Date;
  settledAt: Date | null;
}

export interface WebhookView {
  webhookId: string;
  url: string;
  createdAt: Date;
  /** The newest first. */
  deliveries: DeliveryView[];
}

export interface WebhookDeps {
  db: Database;
  /** Of the installation; secrets of webhooks are derived from it. */
  secret: string;
  webUrl: string;
  /** In a demo http:// and this machine are let through. */
  demo: boolean;
}

/** As it is posted to. BAD_INPUT for what is no https address; whether it leads to a public one is looked at when it is posted to. */
function checkedUrl(typed: string, demo: boolean): string {
  const url = URL.parse(typed.trim());
  const isHttps = url?.protocol === 'https:' || (demo && url?.protocol === 'http:');
  if (url && isHttps && url.username === '' && url.password === '' && url.hash === '') return url.href;
  const message = 'Write an address that begins with https://, without a user name and without #.';
  throw new AppError('BAD_INPUT', { message, details: { fields: { url: message } } });
}

/** Where the alarms of an instrument are posted. */
export function createWebhooks({ db, secret, webUrl, demo }: WebhookDeps) {
  const host = (url: string) => new URL(url).host;

  async function ownWebhook(tx: Transaction, ctx: ServiceContext, webhookId: string) {
    const row = await findWebhook(tx, webhookId);
    try {
      await requireInstrument(tx, ctx, row?.instrumentId ?? '', 'instrument.alarms');
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
      throw new AppError('NOT_FOUND', 'There is no such webhook, or it is not yours to see.');
    }
    return row!;
  }

  return {
    async webhooks(ctx: ServiceContext, input: { instrumentId: string }): Promise<WebhookView[]> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.alarms');
      const hooks = await webhooksOf(db, input.instrumentId);
      const deliveries = await newestDeliveries(
        db,
        hooks.map(({ id }) => id),
        DELIVERIES_SHOWN,
      );
      return hooks.map(({ id, url, createdAt }) => ({
        ...{ webhookId: id, url, createdAt },
        deliveries: deliveries
          .filter(({ webhookId }) => webhookId === id)
          .map(({ id: deliveryId, event, state, attempts, lastStatus, lastAnswer, ...times }) => ({
            ...{ deliveryId, event, state, attempts, lastStatus, lastAnswer },
            ...{ createdAt: times.createdAt, settledAt: times.settledAt },
          })),
      }));
    },

    /** Its secret is told here and never again. CONFLICT when there are five. */
    async addWebhook(
      ctx: ServiceContext,
      input: { instrumentId: string; url: string },
    ): Promise<{ webhookId: string; secret: string }> {
      const { instrumentId } = input;
      return db.transaction(async (tx) => {
        await requireInstrument(tx, ctx, instrumentId, 'instrument.alarms');
        const url = checkedUrl(input.url, demo);
        if ((await webhooksOf(tx, instrumentId)).length >= MOST_WEBHOOKS) {
          throw new AppError(
            'CONFLICT',
            `An instrument has ${MOST_WEBHOOKS} webhooks at most: remove one first.`,
          );
        }
        const id = ctx.newId();
        await insertWebhook(tx, {
          ...{ id, instrumentId, url, createdAt: ctx.now(), createdBy: actingPerson(ctx) },
        });
        await recordAudit(tx, ctx, {
          action: 'webhook.add',
          entityKind: 'webhook',
          entityId: id,
          detail: { instrumentId, host: host(url) },
        });
        return { webhookId: id, secret: webhookSecret(secret, id) };
      });
    },

    async removeWebhook(ctx: ServiceContext, input: { webhookId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await ownWebhook(tx, ctx, input.webhookId);
        if (!(await removeWebhook(tx, row.id, ctx.now()))) throw new AppError('ALREADY_DONE');
        await recordAudit(tx, ctx, {
          action: 'webhook.remove',
          entityKind: 'webhook',
          entityId: row.id,
          detail: { instrumentId: row.instrumentId, host: host(row.url) },
        });
      });
    },

    /** Has a message posted that says that it is a test; what was answered is in the list a moment later. */
    async testWebhook(ctx: ServiceContext, input: { webhookId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await ownWebhook(tx, ctx, input.webhookId);
        const tests = await countTests(tx, row.instrumentId, new Date(ctx.now().getTime() - HOUR_MS));
        if (tests >= MOST_TESTS_PER_HOUR) {
          throw new AppError('TOO_MANY_REQUESTS', {
            message: `${tests} tests within an hour are enough. Go on in an hour.`,
            retryAfterS: HOUR_MS / 1000,
          });
        }
        const place = (await findPlace(tx, row.instrumentId))!;
        await postTo(tx, ctx, [row.id], {
          ...{ place, event: 'test', dedupeKey: `test:${ctx.newId()}`, alarmId: null, alarm: null, webUrl },
          text: `A test of Beamdeck: alarms at ${place.name} will come here.`,
        });
        await recordAudit(tx, ctx, {
          action: 'webhook.test',
          entityKind: 'webhook',
          entityId: row.id,
          detail: { instrumentId: row.instrumentId },
        });
      });
    },
  };
}
