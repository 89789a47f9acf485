'use client';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { AlarmView } from '#src/server/domain/alarms/alarms.service.ts';
import { AcknowledgedBy } from './alarm-care.tsx';

/** Alarms that are over, with when they were and who took care. */
export function EndedAlarms({ alarms }: { alarms: readonly AlarmView[] }) {
  return (
    <ul className="divide-y" aria-label="Alarms that are over">
      {alarms.map((alarm) => (
        <li
          key={alarm.alarmId}
          className="grid grid-cols-[5rem_minmax(0,1fr)] items-start gap-x-2 px-4 py-2 text-sm"
        >
          <Status tone="muted">over</Status>
          <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
            <span className="wrap-anywhere min-w-0">{alarm.text}</span>
            {alarm.acknowledged && <AcknowledgedBy acknowledged={alarm.acknowledged} />}
            <span className="ml-auto whitespace-nowrap text-ink-faint text-xs tabular-nums">
              <ClockTime at={alarm.raisedAt} />–<ClockTime at={alarm.clearedAt ?? alarm.lastSeenAt} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
