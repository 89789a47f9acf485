import type { NotificationKind } from '#src/shared/model/notification.ts';

/** What people choose about, in the order shown. */
export const KIND_WORDS: readonly { kind: NotificationKind; label: string; means: string }[] = [
  {
    kind: 'alarm-error',
    label: 'Alarms',
    means:
      'at instruments where you are staff: data do not arrive, or may be lost; for admins: storage is full',
  },
  {
    kind: 'alarm-warn',
    label: 'Warnings',
    means: 'at these instruments: data will not arrive, when nobody looks; for admins: storage fills',
  },
  {
    kind: 'alarm-escalated',
    label: 'Alarms nobody acknowledged',
    means: 'told to all staff, at any hour',
  },
  { kind: 'experiment-ends', label: 'Time to analyse ends', means: 'of experiments you own or manage' },
  { kind: 'data-moved', label: 'Data moved', means: 'to your experiments, or from them' },
  {
    kind: 'deletion-asked',
    label: 'Deletions asked for',
    means: 'by members of experiments you own or manage',
  },
  { kind: 'deletion-decided', label: 'Deletions decided', means: 'that you asked for' },
  { kind: 'invitation', label: 'Invitations', means: 'to experiments' },
  { kind: 'mail-refused', label: 'Mails refused', means: 'that you caused, such as invitations' },
];

/** "22:00" of a minute of the day. */
export const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** The minute of the day of "22:00"; null for what is no time. */
export function minuteOf(clock: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(clock);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}
