'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { FrameViewer } from './frame-viewer.tsx';

/** Where the page says that the dataset is: in an experiment, or in the tray of an instrument. */
export type ViewerPlace = { code: string } | { slug: string };

interface ViewerPageProps {
  place: ViewerPlace;
  datasetId: string;
  /** 1-based. */
  image: number;
  /** What can be done with the dataset, beside its name. */
  actions?: (dataset: DatasetDetail) => ReactNode;
}

const baseOf = (place: ViewerPlace, datasetId: string) =>
  'code' in place
    ? `/experiments/${place.code}/datasets/${datasetId}/frames`
    : `/instruments/${place.slug}/unassigned/${datasetId}/frames`;

/** The dataset was given to another experiment since this address was made. */
function Elsewhere({ dataset, image }: { dataset: DatasetDetail; image: number }) {
  if (dataset.experimentCode === null) {
    return (
      <EmptyState title="Not assigned yet">
        This dataset belongs to no experiment: the staff of its instrument find it in the unassigned tray.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={`It belongs to ${dataset.experimentCode}`}
      action={
        <Button look="primary" asChild>
          <Link href={`${baseOf({ code: dataset.experimentCode }, dataset.id)}/${image}`}>Open it there</Link>
        </Button>
      }
    >
      Staff gave this dataset to another experiment.
    </EmptyState>
  );
}

/** The page of one frame: where it belongs, how complete its dataset is, and the viewer in all the room that is left. */
export function ViewerPage({ place, datasetId, image, actions }: ViewerPageProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const query = useQuery(trpc.datasets.get.queryOptions({ datasetId }));
  const dataset = query.data;
  useLive(
    [
      dataset?.experimentId ? `experiment:${dataset.experimentId}` : null,
      dataset ? `instrument:${dataset.instrumentId}` : null,
    ],
    (event) => {
      if (event.kind === 'dataset.changed' && event.data.datasetId === datasetId)
        void queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId }));
    },
  );
  if (query.isPending) return <Skeleton className="m-4 min-h-96" />;
  if (!dataset)
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: '/experiments', label: 'All experiments' }}
      />
    );
  const words = frameWords(dataset);
  const name = dataset.base.replace(/^raw\//, '');
  const isHere = 'code' in place ? dataset.experimentCode === place.code : dataset.experimentCode === null;
  return (
    <div className="flex h-full min-h-[32rem] flex-col gap-2 p-2 sm:p-3">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1 px-1">
        <h1 className="min-w-0 truncate font-mono font-semibold text-base">{name}</h1>
        {dataset.sampleName && <span className="text-ink-soft text-sm">{dataset.sampleName}</span>}
        {dataset.experimentCode === null && (
          <Badge tone="warn" title={dataset.unassignedReason ?? undefined}>
            unassigned
          </Badge>
        )}
        <Status tone={words.tone} title={words.sentence} className="whitespace-normal">
          {words.sentence}
        </Status>
        {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions(dataset)}</div>}
      </header>
      {isHere ? (
        <FrameViewer
          datasetId={datasetId}
          instrumentId={dataset.instrumentId}
          experimentId={dataset.experimentId}
          image={image}
          basePath={baseOf(place, datasetId)}
          label={name}
          userData={dataset.userData}
        />
      ) : (
        <Elsewhere dataset={dataset} image={image} />
      )}
    </div>
  );
}
