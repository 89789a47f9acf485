import type { Tone } from '#src/components/ui/status.tsx';
import type { NotificationKind } from '#src/shared/model/notification.ts';

/** What a notification is, by its tone and a word. */
export const NOTIFICATION_SIGNS: Readonly<Record<NotificationKind, { tone: Tone; word: string }>> = {
  'alarm-error': { tone: 'failed', word: 'alarm' },
  'alarm-warn': { tone: 'warn', word: 'warning' },
  'alarm-escalated': { tone: 'failed', word: 'not acknowledged' },
  'experiment-ends': { tone: 'queued', word: 'time ends' },
  'data-moved': { tone: 'muted', word: 'data moved' },
  'deletion-asked': { tone: 'queued', word: 'deletion asked for' },
  'deletion-decided': { tone: 'muted', word: 'deletion decided' },
  invitation: { tone: 'muted', word: 'invitation' },
  'mail-refused': { tone: 'failed', word: 'mail refused' },
};

/** What stands on the bell. */
export const bellCount = (unread: number): string => (unread > 99 ? '99+' : String(unread));

/** The name of the bell: "Notifications", "Notifications: 3 not read". It holds what stands on the bell, so that speaking it finds the button. */
export const bellName = (unread: number): string =>
  unread === 0 ? 'Notifications' : `Notifications: ${bellCount(unread)} not read`;
