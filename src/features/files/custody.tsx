'use client';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { formatClock, formatDay, formatDuration } from '#src/components/format.ts';
import type { FileDetail } from '#src/server/domain/files/files.service.ts';

interface Stamp {
  name: string;
  means: string;
  at: Date | null;
}

/** The stations of a file from the source to the people, each with the time it took since the one before. */
export function Custody({ file }: { file: FileDetail }) {
  const zone = useFacilityZone();
  const stamps: Stamp[] = [
    { name: 'created', means: 'first byte at the source', at: file.sourceCreatedAt },
    { name: 'settled', means: 'last frame at the HUB', at: file.sourceSettledAt },
    { name: 'first byte sent', means: 'the agent began to send', at: file.firstByteAt },
    { name: 'stored', means: 'all parts in the store, checked and durable', at: file.storedAt },
    { name: 'visible', means: 'recorded and shown to everybody in the experiment', at: file.committedAt },
  ];
  // A file is sent while it grows: its first byte may leave before its last one is written.
  const known = stamps
    .filter((stamp): stamp is Stamp & { at: Date } => stamp.at !== null)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  return (
    <ol className="grid gap-0.5 text-xs">
      {known.map((stamp, i) => {
        const before = known[i - 1];
        const millis = String(stamp.at.getUTCMilliseconds()).padStart(3, '0');
        return (
          <li
            key={stamp.name}
            className="grid grid-cols-[6.5rem_minmax(0,1fr)_auto] gap-2"
            title={stamp.means}
          >
            <span className="text-ink-soft">{stamp.name}</span>
            <time dateTime={stamp.at.toISOString()} title={formatDay(stamp.at, zone)} className="font-mono">
              {formatClock(stamp.at, zone)}.{millis}
            </time>
            <span className="text-right text-ink-faint">
              {before ? `+ ${formatDuration(stamp.at.getTime() - before.at.getTime())}` : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
