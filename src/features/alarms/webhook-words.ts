import type { Tone } from '#src/components/ui/status.tsx';
import type { DeliveryView } from '#src/server/domain/alarms/webhooks.ts';
import type { DeliveryState, WebhookEvent } from '#src/shared/model/webhook.ts';

export const EVENT_WORDS: Readonly<Record<WebhookEvent, string>> = {
  'alarm.raised': 'alarm',
  'alarm.escalated': 'not acknowledged',
  'alarm.acknowledged': 'acknowledged',
  'alarm.cleared': 'over',
  test: 'test',
};

export const DELIVERY_SIGNS: Readonly<Record<DeliveryState, { tone: Tone; word: string }>> = {
  waiting: { tone: 'queued', word: 'waiting' },
  delivered: { tone: 'ok', word: 'delivered' },
  refused: { tone: 'failed', word: 'not posted' },
  late: { tone: 'failed', word: 'given up' },
};

/** What was answered last: "answered 200: ok", "No answer within 15 s.", "not tried yet". */
export function answerWords({
  attempts,
  lastStatus,
  lastAnswer,
}: Pick<DeliveryView, 'attempts' | 'lastStatus' | 'lastAnswer'>): string {
  const tries = attempts > 1 ? `, ${attempts} tries` : '';
  if (lastStatus !== null) return `answered ${lastStatus}${lastAnswer ? `: ${lastAnswer}` : ''}${tries}`;
  if (lastAnswer !== null) return `${lastAnswer}${tries}`;
  return attempts === 0 ? 'not tried yet' : 'is being tried';
}
