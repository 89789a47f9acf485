import {
  type NotificationChoices,
  type NotificationKind,
  type QuietHours,
  type Ways,
  waysOf,
} from '../../../shared/model/notification.ts';
import type { Queryable } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { insertNotification, settingsOf } from './notification.repository.ts';

export interface News {
  personId: string;
  kind: NotificationKind;
  /** Names the news, not the notification: the same news are told once. */
  dedupeKey: string;
  /** One line. Who reads it may have lost their access by then: it names nothing but what is theirs anyway. */
  text: string;
  /** Path of the page where it is dealt with. */
  link: string;
}

/** Tells somebody in the app, in the transaction of what happened. Nothing happens when they were told before. */
export async function notify(tx: Queryable, ctx: ServiceContext, news: News): Promise<void> {
  const made = await insertNotification(tx, { ...news, id: ctx.newId(), createdAt: ctx.now() });
  if (!made) return;
  await publish(tx, ctx, { topics: [`person:${news.personId}`], kind: 'notification.changed', data: {} });
}

export interface HowToTell {
  choices: NotificationChoices;
  quiet: QuietHours | null;
}

const NOTHING_CHOSEN: HowToTell = { choices: {}, quiet: null };

/** How these people want to be told. */
export async function howToTell(
  q: Queryable,
  personIds: readonly string[],
): Promise<(personId: string) => HowToTell> {
  const settings = await settingsOf(q, personIds);
  return (personId) => {
    const row = settings.get(personId);
    if (!row) return NOTHING_CHOSEN;
    const { choices, quietFromMinute: fromMinute, quietUntilMinute: untilMinute } = row;
    return {
      choices,
      quiet: fromMinute === null || untilMinute === null ? null : { fromMinute, untilMinute },
    };
  };
}

/** The ways by which these people want to be told of a kind. */
export async function waysToTell(
  q: Queryable,
  personIds: readonly string[],
  kind: NotificationKind,
): Promise<(personId: string) => Ways> {
  const how = await howToTell(q, personIds);
  return (personId) => waysOf(kind, how(personId).choices);
}
