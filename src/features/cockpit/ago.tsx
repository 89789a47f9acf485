'use client';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { exactTimes, formatRelative } from '#src/components/format.ts';

/** "3 s ago" as of `now`, which the cockpit stops while the server is away; the exact time on hover. */
export function Ago({ at, now, className }: { at: Date; now: Date; className?: string }) {
  const zone = useFacilityZone();
  const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <time dateTime={at.toISOString()} title={exactTimes(at, zone, viewerZone)} className={className}>
      {formatRelative(at, now.getTime(), zone)}
    </time>
  );
}
