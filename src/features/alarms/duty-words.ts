import { formatDeadline } from '#src/components/format.ts';
import type { AlarmView } from '#src/server/domain/alarms/alarms.service.ts';
import type { OnCallNow } from '#src/server/domain/alarms/duty.ts';

/** Who is on call and until when: "Ada Lovelace until Fri 20 Nov, 20:00 CET, then Bob". Null while nobody is, now or next. */
export function onCallWords({ now, next }: OnCallNow, timeZone: string): string | null {
  const at = next && formatDeadline(next.at, timeZone);
  if (now === null) return next?.name ? `nobody until ${at}, then ${next.name}` : null;
  if (next === null) return now.name;
  return `${now.name} until ${at}, then ${next.name ?? 'nobody'}`;
}

/** When all staff are told of an alarm that nobody acknowledges; null where they were, or will not be. */
export function escalationDue(
  alarm: Pick<AlarmView, 'toldAt' | 'escalatedAt' | 'acknowledged'>,
  escalateAfterMinutes: number,
): Date | null {
  if (alarm.toldAt === null || alarm.escalatedAt !== null || alarm.acknowledged !== null) return null;
  return new Date(alarm.toldAt.getTime() + escalateAfterMinutes * 60_000);
}

/** "all staff are told in 4 min". */
export function escalationWords(due: Date, now: Date): string {
  const minutes = Math.ceil((due.getTime() - now.getTime()) / 60_000);
  return minutes <= 0 ? 'all staff are being told' : `all staff are told in ${minutes} min`;
}
