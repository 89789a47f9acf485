'use client';
import { UserCheck } from 'lucide-react';
import { ClockTime } from '#src/components/relative-time.tsx';
import type { AlarmView } from '#src/server/domain/alarms/alarms.service.ts';
import { Acknowledge } from './acknowledge.tsx';
import { escalationDue, escalationWords } from './duty-words.ts';

/** Who has acknowledged an alarm, when, and what they said. */
export function AcknowledgedBy({ acknowledged }: { acknowledged: NonNullable<AlarmView['acknowledged']> }) {
  const { by, at, note } = acknowledged;
  return (
    <span className="wrap-anywhere inline-flex min-w-0 items-baseline gap-1.5 text-ink-soft text-sm">
      <UserCheck className="size-4 shrink-0 self-center" aria-hidden />
      <span>
        {by} takes care of it since <ClockTime at={at} />
        {note && `: ${note}`}
      </span>
    </span>
  );
}

/** Whether somebody takes care of an alarm that stands, else the button for it and when all staff are told. */
export function AlarmCare({
  alarm,
  sentence,
  escalateAfterMinutes,
  now,
}: {
  alarm: AlarmView;
  /** As the alarm is told beside this. */
  sentence: string;
  escalateAfterMinutes: number;
  now: Date;
}) {
  if (alarm.acknowledged) return <AcknowledgedBy acknowledged={alarm.acknowledged} />;
  const due = escalationDue(alarm, escalateAfterMinutes);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      <Acknowledge alarmId={alarm.alarmId} sentence={sentence} />
      {due && <span className="text-ink-soft text-xs">{escalationWords(due, now)}</span>}
      {alarm.escalatedAt && (
        <span className="text-failed text-xs">
          all staff were told at <ClockTime at={alarm.escalatedAt} />
        </span>
      )}
    </span>
  );
}
