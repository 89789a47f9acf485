'use client';
import { useQuery } from '@tanstack/react-query';
import { Sparkline } from '#src/components/sparkline.tsx';
import { useStoredImage } from '#src/components/use-stored-image.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';

/** While frames arrive and fast feedback runs the line is asked for anew this often. */
const ASK_EVERY_MS = 10_000;

type Row = Pick<DatasetSummary, 'id' | 'state' | 'framesStored'>;

/** Asked for when the row is in sight; what else wants it of the same row is answered with it. */
function useGlance({ id, state, framesStored }: Row) {
  const trpc = useTRPC();
  return useQuery(
    trpc.datasets.glance.queryOptions(
      { datasetId: id },
      {
        staleTime: ASK_EVERY_MS,
        refetchInterval: (query) =>
          state === 'receiving' || (framesStored > 0 && query.state.data?.spots === null)
            ? ASK_EVERY_MS
            : false,
      },
    ),
  );
}

/** Spots per frame as a line; nothing where nobody told them. */
export function DatasetSpots({ row }: { row: Row }) {
  const line = useGlance(row).data?.spots;
  return line ? <Sparkline line={line} /> : <span className="text-ink-faint text-xs">—</span>;
}

/** The first picture that was taken of what is measured. */
export function DatasetPicture({ row }: { row: Row }) {
  const snapshot = useGlance(row).data?.snapshot ?? null;
  const shown = useStoredImage(snapshot?.url ?? null, snapshot?.name ?? '');
  if (!shown) return <span aria-hidden />;
  return (
    // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
    <img
      src={shown.address}
      alt={shown.about}
      width={40}
      height={40}
      className="size-10 shrink-0 rounded-sm border bg-sunken object-cover"
    />
  );
}
