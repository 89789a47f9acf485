import type { ServerConfig } from '../config/schema.ts';
import { createHttpWebhookDriver } from './http-webhook-driver.ts';
import type { WebhookDriver } from './webhook.port.ts';

/** To the public internet and to the networks that are named; a demo may post to this machine too. */
export const createWebhookDriver = ({
  demo,
  webhookNetworks,
}: Pick<ServerConfig, 'demo' | 'webhookNetworks'>): WebhookDriver =>
  createHttpWebhookDriver({ allowLocal: demo, networks: webhookNetworks });
