'use client';
import { useSyncExternalStore } from 'react';
import { useNow } from './clock.ts';
import { useFacilityZone } from './facility-zone.tsx';
import { exactTimes, formatClearClock, formatDay, formatDeadlineFrom, formatRelative } from './format.ts';

interface TimeProps {
  /** An instant, as Date or ISO text. */
  at: Date | string;
  className?: string;
}

const asDate = (at: Date | string) => (at instanceof Date ? at : new Date(at));
const viewerZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The exact time for hovering, in the facility's zone, the viewer's and UTC, where no `<time>` stands. */
export function useExactTimes(): (at: Date) => string {
  const zone = useFacilityZone();
  return (at) => exactTimes(at, zone, viewerZone());
}

/** An instant in words; the exact time on hover in the facility's zone, the viewer's and UTC. */
function Instant({
  date,
  zone,
  className,
  text,
}: {
  date: Date;
  zone: string;
  className?: string;
  text: string;
}) {
  // Server and browser render at different moments and in different zones: both are right.
  return (
    <time
      dateTime={date.toISOString()}
      title={exactTimes(date, zone, viewerZone())}
      className={className}
      suppressHydrationWarning
    >
      {text}
    </time>
  );
}

/** "3 s ago", moving. */
export function RelativeTime({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  return (
    <Instant date={date} zone={zone} className={className} text={formatRelative(date, useNow(), zone)} />
  );
}

/** Where the server draws the page nobody looks yet: as if from the facility. */
const useViewerZone = (facilityZone: string) =>
  useSyncExternalStore(
    () => () => undefined,
    viewerZone,
    () => facilityZone,
  );

/** "14:02:11" in the facility's zone, which is named where the viewer's clock shows another time (with the day when it is not today). */
export function ClockTime({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  const day = formatDay(date, zone);
  const clock = formatClearClock(date, zone, useViewerZone(zone));
  const isToday = formatDay(new Date(useNow(false)), zone) === day;
  return (
    <Instant date={date} zone={zone} className={className} text={isToday ? clock : `${day}, ${clock}`} />
  );
}

/** "Fri 20 Nov, 08:00 CET, in 5 h"; weeks away with the year instead of how far. */
export function Deadline({ at, className }: TimeProps) {
  const zone = useFacilityZone();
  const date = asDate(at);
  const text = formatDeadlineFrom(date, useNow(), zone);
  return <Instant date={date} zone={zone} className={className} text={text} />;
}
