import { FACILITY_ALARMS } from '../../../shared/model/alarm.ts';
import type { WebhookEvent } from '../../../shared/model/webhook.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { plainLine } from '../mail/compose-mail.ts';
import type { AlarmPlace, AlarmRow } from './alarm.repository.ts';
import { levelWord } from './alarm-mail.ts';
import {
  addressesTold,
  insertDelivery,
  lockFacilityPosts,
  type WebhookRow,
  webhooksOf,
} from './webhook.repository.ts';

/** After so long what happened is no news any more. */
const USELESS_AFTER_MS = 6 * 3600 * 1000;

const iso = (at: Date | null) => at?.toISOString() ?? null;

function textOf(place: AlarmPlace, row: AlarmRow, event: WebhookEvent, byName: string | null): string {
  const what = `${levelWord(row)} at ${plainLine(place.name)}: ${plainLine(row.words, 300)}`;
  switch (event) {
    case 'alarm.escalated':
      return `Nobody has acknowledged it for ${place.escalateAfterMinutes} min. ${what}`;
    case 'alarm.acknowledged':
      return `${plainLine(byName ?? 'Somebody')} takes care of it. ${what}`;
    case 'alarm.cleared':
      return `It is over. ${what}`;
    default:
      return what;
  }
}

interface Post {
  place: Pick<AlarmPlace, 'id' | 'slug' | 'name'>;
  event: WebhookEvent;
  /** Names the news, so that it is posted once to each webhook. */
  dedupeKey: string;
  alarmId: string | null;
  /** One line; chat programs show it. */
  text: string;
  alarm: Record<string, unknown> | null;
  webUrl: string;
}

/** Has it posted to these webhooks, in the transaction of what it tells of. docs/api.md has the form of what is posted. */
export async function postTo(
  tx: Transaction,
  ctx: ServiceContext,
  webhookIds: readonly string[],
  { place, event, dedupeKey, alarmId, text, alarm, webUrl }: Post,
): Promise<void> {
  const now = ctx.now();
  for (const webhookId of webhookIds) {
    const id = ctx.newId();
    const body = JSON.stringify({
      ...{ id, event, at: now.toISOString(), text },
      instrument: { slug: place.slug, name: place.name },
      alarm,
      link: `${webUrl}/instruments/${place.slug}`,
    });
    await insertDelivery(tx, {
      ...{ id, webhookId, alarmId, event, dedupeKey, body, state: 'waiting', createdAt: now },
      uselessAt: new Date(now.getTime() + USELESS_AFTER_MS),
    });
  }
}

/** The webhooks that are to be posted to. An alarm of the facility stands at each of its instruments: an address that several of them have gets it once. */
async function webhooksFor(
  tx: Transaction,
  place: AlarmPlace,
  row: AlarmRow,
  event: WebhookEvent,
): Promise<WebhookRow[]> {
  const hooks = await webhooksOf(tx, place.id);
  if (!FACILITY_ALARMS.has(row.code) || hooks.length === 0) return hooks;
  await lockFacilityPosts(tx, place.facilityId);
  const told = await addressesTold(tx, place.facilityId, row, event);
  return hooks.filter(({ url }) => !told.has(url));
}

/** Posts what has become of an alarm to the webhooks of its instrument. It names no experiment and no data. */
export async function postAlarm(
  tx: Transaction,
  ctx: ServiceContext,
  place: AlarmPlace,
  row: AlarmRow,
  news: { event: WebhookEvent; byName: string | null; webUrl: string },
): Promise<void> {
  const hooks = await webhooksFor(tx, place, row, news.event);
  await postTo(
    tx,
    ctx,
    hooks.map(({ id }) => id),
    {
      ...{ place, event: news.event, dedupeKey: `${row.id}:${news.event}`, alarmId: row.id },
      text: textOf(place, row, news.event, news.byName),
      alarm: {
        ...{ id: row.id, code: row.code, level: row.level, text: row.words, todo: row.todo },
        ...{ raisedAt: iso(row.raisedAt), clearedAt: iso(row.clearedAt) },
        acknowledgedAt: iso(row.acknowledgedAt),
        acknowledgedBy: news.byName,
      },
      webUrl: news.webUrl,
    },
  );
}
