'use client';
import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { exactTimes, formatBytes, formatClock, formatDay, formatDuration } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FileCustody } from '#src/server/domain/custody/custody.service.ts';
import { useVersionDownload } from './use-download.ts';

interface Stamp {
  name: string;
  means: string;
  at: Date | null;
}

/** The stations of a file from the source to the people, each with the time it took since the one before. */
function Timeline({ custody }: { custody: FileCustody }) {
  const zone = useFacilityZone();
  const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const stamps: Stamp[] = [
    { name: 'created', means: 'first byte at the source', at: custody.sourceCreatedAt },
    {
      name: 'settled',
      means: 'last byte at the source; of a stream the last frame at the HUB',
      at: custody.sourceSettledAt,
    },
    { name: 'first byte sent', means: 'the agent or the browser began to send', at: custody.firstByteAt },
    { name: 'stored', means: 'all parts in the store, checked and durable', at: custody.storedAt },
    {
      name: 'visible',
      means: 'recorded and shown to everybody in the experiment',
      at: custody.committedAt,
    },
  ];
  // A file is sent while it grows: its first byte may leave before its last one is written.
  const known = stamps
    .filter((stamp): stamp is Stamp & { at: Date } => stamp.at !== null)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  return (
    <ol className="relative grid gap-1 border-l pl-3 text-xs">
      {known.map((stamp, i) => {
        const before = known[i - 1];
        const millis = String(stamp.at.getUTCMilliseconds()).padStart(3, '0');
        const isOtherDay = !before || formatDay(before.at, zone) !== formatDay(stamp.at, zone);
        return (
          <li
            key={stamp.name}
            className="relative grid grid-cols-[6rem_minmax(0,1fr)_auto] gap-2"
            title={stamp.means}
          >
            <span
              aria-hidden
              className="absolute top-1.5 -left-3 size-1.5 -translate-x-1/2 rounded-full bg-accent"
            />
            <span className="text-ink-soft">{stamp.name}</span>
            <time
              dateTime={stamp.at.toISOString()}
              title={exactTimes(stamp.at, zone, viewerZone)}
              className="font-mono"
            >
              {isOtherDay && <span className="text-ink-faint">{formatDay(stamp.at, zone)} </span>}
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

/** Where the bytes came from. */
function Origin({ custody }: { custody: FileCustody }) {
  const { agent, person, source, sourcePath } = custody;
  if (person) {
    return (
      <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-2 gap-y-0.5 text-xs">
        <dt className="text-ink-soft">put here by</dt>
        <dd>{person.name}</dd>
      </dl>
    );
  }
  if (!agent) return <p className="text-ink-soft text-xs">Written by a job.</p>;
  return (
    <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-2 gap-y-0.5 text-xs">
      <dt className="text-ink-soft">brought by</dt>
      <dd>{agent.name}</dd>
      {source && (
        <>
          <dt className="text-ink-soft">from</dt>
          <dd className="wrap-anywhere font-mono">
            {source}
            {sourcePath && `/${sourcePath}`}
          </dd>
        </>
      )}
    </dl>
  );
}

/** What the file held before it was rewritten at its source; nothing of it is thrown away. */
function FormerContents({ fileId, versions }: Pick<FileCustody, 'fileId' | 'versions'>) {
  const download = useVersionDownload();
  if (versions.length === 0) return null;
  return (
    <div className="grid gap-1 text-xs">
      <h4 className="font-medium text-ink-soft">Former contents, kept</h4>
      <ul className="divide-y rounded-md border">
        {versions.map((former) => (
          <li key={former.version} className="grid gap-0.5 px-2 py-1">
            <span className="flex flex-wrap gap-x-3">
              <span>version {former.version}</span>
              <span className="text-ink-soft">{formatBytes(former.sizeBytes)}</span>
              <span className="ml-auto text-ink-faint">
                replaced <RelativeTime at={former.replacedAt} />
              </span>
            </span>
            <span className="flex min-w-0 items-center">
              <span className="truncate font-mono text-ink-faint" title={former.sha256}>
                {former.sha256}
              </span>
              <CopyButton text={former.sha256} what={`the SHA-256 of version ${former.version}`} />
              <Button
                look="quiet"
                size="icon-sm"
                aria-label={`Download version ${former.version}`}
                onClick={() => download.mutate({ fileId, version: former.version })}
              >
                <Download aria-hidden />
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The chain of a file: who brought it from where, when each step was done, and what it held before. */
export function Custody({ fileId }: { fileId: string }) {
  const trpc = useTRPC();
  const custody = useQuery(trpc.files.custody.queryOptions({ fileId }));
  if (custody.isPending) return <SkeletonRows rows={3} />;
  if (!custody.data)
    return <ErrorState error={custody.error} retry={() => void custody.refetch()} className="py-4" />;
  return (
    <>
      <Timeline custody={custody.data} />
      <Origin custody={custody.data} />
      <FormerContents fileId={fileId} versions={custody.data.versions} />
    </>
  );
}
