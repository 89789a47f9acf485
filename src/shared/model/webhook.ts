/** What is posted to the webhooks of an instrument. */
export const WEBHOOK_EVENTS = [
  'alarm.raised',
  'alarm.escalated',
  'alarm.acknowledged',
  'alarm.cleared',
  'test',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** `waiting` to be posted (again), `delivered`: answered with 2xx, `refused`: its address is one that is not posted to, `late`: given up. */
export const DELIVERY_STATES = ['waiting', 'delivered', 'refused', 'late'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
