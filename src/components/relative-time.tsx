'use client';
import { useNow } from './clock.ts';
import { useFacilityZone } from './facility-zone.tsx';
import { exactTimes, formatClock, formatDay, formatDeadline, formatRelative } from './format.ts';

interface TimeProps {
  /** An instant, as Date or ISO text. */
  at: Date | string;
  className?: string;
}

const asDate = (at: Date | string) => (at instanceof Date ? at : new Date(at));
const viewerZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "3 s ago", moving; the exact time on hover in the facility's zone, the viewer's and UTC. */
export function RelativeTime({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  const nowMs = useNow();
  // Server and browser render at different moments and in different zones: both are right.
  return (
    <time
      dateTime={date.toISOString()}
      title={exactTimes(date, zone, viewerZone())}
      className={className}
      suppressHydrationWarning
    >
      {formatRelative(date, nowMs, zone)}
    </time>
  );
}

/** "14:02:11" in the facility's zone (with the day when it is not today). */
export function ClockTime({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  const today = formatDay(new Date(useNow(false)), zone) === formatDay(date, zone);
  const clock = formatClock(date, zone);
  return (
    <time
      dateTime={date.toISOString()}
      title={exactTimes(date, zone, viewerZone())}
      className={className}
      suppressHydrationWarning
    >
      {today ? clock : `${formatDay(date, zone)}, ${clock}`}
    </time>
  );
}

/** "Fri 20 Nov, 08:00 CET, in 5 h". */
export function Deadline({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  const nowMs = useNow();
  return (
    <time
      dateTime={date.toISOString()}
      title={exactTimes(date, zone, viewerZone())}
      className={className}
      suppressHydrationWarning
    >
      {formatDeadline(date, zone)}, {formatRelative(date, nowMs, zone)}
    </time>
  );
}
