import type { Alarm } from './alarm.ts';
import { isQuiet, type NotificationChoices, type QuietHours, type Ways, waysOf } from './notification.ts';

/** What is told of an alarm to people: that it stands, and that nobody has acknowledged it in time. */
export const ALARM_STAGES = ['raised', 'escalated'] as const;
export type AlarmStage = (typeof ALARM_STAGES)[number];

/** One of the staff, as far as it decides how they are told. */
export interface AlarmReader {
  isOnCall: boolean;
  choices: NotificationChoices;
  quiet: QuietHours | null;
}

/**
 * How one of the staff is told. Whoever is on call always by every way. The others as they chose, without mails in their quiet hours; that an alarm was
 * escalated means that nobody came, and keeps no hours.
 */
export function alarmWays(
  { isOnCall, choices, quiet }: AlarmReader,
  { stage, level }: { stage: AlarmStage; level: Alarm['level'] },
  at: Date,
  timeZone: string,
): Ways {
  if (isOnCall) return { app: true, email: true };
  if (stage === 'escalated') return waysOf('alarm-escalated', choices);
  const { app, email } = waysOf(level === 'error' ? 'alarm-error' : 'alarm-warn', choices);
  return { app, email: email && !(quiet && isQuiet(at, quiet, timeZone)) };
}
