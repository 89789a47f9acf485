'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { useStoredImage } from '#src/components/use-stored-image.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { SnapshotWithAddress } from '#src/server/domain/datasets/snapshots.ts';

function Picture({ snapshot, className }: { snapshot: SnapshotWithAddress; className: string }) {
  const image = useStoredImage(snapshot.url, snapshot.name);
  if (!image) return <span className={`block bg-sunken ${className}`} />;
  // biome-ignore lint/performance/noImgElement: an address of this page alone, which nothing can optimise
  return <img src={image.address} alt={image.about} className={className} />;
}

function Snapshot({ snapshot }: { snapshot: SnapshotWithAddress }) {
  const { name, takenAt, storedAt } = snapshot;
  return (
    <Dialog>
      <DialogTrigger asChild>
        <button
          type="button"
          className="grid w-28 gap-0.5 rounded-md border p-1 text-left hover:bg-hover"
          aria-label={`Enlarge the picture ${name}`}
        >
          <Picture snapshot={snapshot} className="h-20 w-full rounded-sm object-cover" />
          <span className="truncate text-xs">{name}</span>
          <span className="truncate text-ink-faint text-xs">
            <RelativeTime at={takenAt ?? storedAt} />
          </span>
        </button>
      </DialogTrigger>
      <DialogContent className="max-w-3xl" title={name}>
        <Picture snapshot={snapshot} className="max-h-[70vh] w-full rounded-sm object-contain" />
        <p className="text-ink-soft text-xs">
          {takenAt === null ? 'Stored ' : 'Taken '}
          <RelativeTime at={takenAt ?? storedAt} />
        </p>
      </DialogContent>
    </Dialog>
  );
}

/** Pictures of what was measured, such as of the sample camera; nothing where there are none. */
export function Snapshots({ datasetId, experimentId }: { datasetId: string; experimentId: string | null }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const snapshots = useQuery(trpc.datasets.snapshots.queryOptions({ datasetId }));
  useLive(experimentId === null ? [] : [`experiment:${experimentId}`], ({ kind }) => {
    if (kind === 'experiment.changed')
      void queries.invalidateQueries(trpc.datasets.snapshots.queryFilter({ datasetId }));
  });
  if (snapshots.isError && !snapshots.data) {
    return <ErrorState error={snapshots.error} retry={() => void snapshots.refetch()} />;
  }
  if (!snapshots.data || snapshots.data.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Pictures">
      {snapshots.data.map((snapshot) => (
        <li key={snapshot.name}>
          <Snapshot snapshot={snapshot} />
        </li>
      ))}
    </ul>
  );
}
