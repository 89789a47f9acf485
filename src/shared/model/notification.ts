import { localText } from './zoned-instant.ts';

/** What people are told of beside the page it happens on. */
export const NOTIFICATION_KINDS = [
  'alarm-error',
  'alarm-warn',
  'alarm-escalated',
  'experiment-ends',
  'data-moved',
  'deletion-asked',
  'deletion-decided',
  'invitation',
  'mail-refused',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export const NOTIFICATION_WAYS = ['app', 'email'] as const;
export type NotificationWay = (typeof NOTIFICATION_WAYS)[number];
export type Ways = Record<NotificationWay, boolean>;

const BOTH: Ways = { app: true, email: true };
const IN_APP: Ways = { app: true, email: false };

/** What counts where somebody chose nothing. */
export const DEFAULT_WAYS: Readonly<Record<NotificationKind, Ways>> = {
  'alarm-error': IN_APP,
  'alarm-warn': IN_APP,
  'alarm-escalated': BOTH,
  'experiment-ends': BOTH,
  'data-moved': BOTH,
  'deletion-asked': BOTH,
  'deletion-decided': BOTH,
  invitation: BOTH,
  'mail-refused': IN_APP,
};

/** Ways that cannot be chosen: an invitation is its mail, and a mail about a mail that was refused would be refused as well. */
export const FIXED_WAYS: Readonly<Partial<Record<NotificationKind, Partial<Ways>>>> = {
  invitation: { email: true },
  'mail-refused': { email: false },
};

/** What somebody chose; kinds that are not in it count by default. */
export type NotificationChoices = Partial<Record<NotificationKind, Ways>>;

/** By which ways somebody who chose this is told of a kind. */
export const waysOf = (kind: NotificationKind, choices: NotificationChoices): Ways => ({
  ...DEFAULT_WAYS[kind],
  ...choices[kind],
  ...FIXED_WAYS[kind],
});

/** Hours without mails about alarms, as minutes of the day on the facility's clocks; over midnight when `until` is not later than `from`. */
export interface QuietHours {
  fromMinute: number;
  untilMinute: number;
}

/** Whether the clocks of a time zone (IANA name) show a time within the hours, on nights when they change too. */
export function isQuiet(at: Date, { fromMinute, untilMinute }: QuietHours, timeZone: string): boolean {
  const [hour, minute] = localText(at, timeZone).slice(11).split(':').map(Number) as [number, number];
  const now = hour * 60 + minute;
  return fromMinute < untilMinute
    ? fromMinute <= now && now < untilMinute
    : now >= fromMinute || now < untilMinute;
}
