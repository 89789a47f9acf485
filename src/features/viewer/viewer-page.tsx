'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { FrameViewer } from './frame-viewer.tsx';

interface ViewerPageProps {
  code: string;
  datasetId: string;
  /** 1-based. */
  image: number;
}

/** The page of one frame: where it belongs, how complete its dataset is, and the viewer in all the room that is left. */
export function ViewerPage({ code, datasetId, image }: ViewerPageProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const dataset = useQuery(trpc.datasets.get.queryOptions({ datasetId }));
  useLive([dataset.data?.experimentId ? `experiment:${dataset.data.experimentId}` : null], (event) => {
    if (event.kind === 'dataset.changed' && event.data.datasetId === datasetId)
      void queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId }));
  });
  if (dataset.isPending) return <Skeleton className="m-4 min-h-96" />;
  if (!dataset.data)
    return (
      <ErrorState
        error={dataset.error}
        retry={() => void dataset.refetch()}
        wayOn={{ href: '/experiments', label: 'All experiments' }}
      />
    );
  const { base, experimentId, sampleName } = dataset.data;
  const words = frameWords(dataset.data);
  const name = base.replace(/^raw\//, '');
  return (
    <div className="flex h-full min-h-[32rem] flex-col gap-2 p-2 sm:p-3">
      <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-1">
        <h1 className="min-w-0 truncate font-mono font-semibold text-base">{name}</h1>
        {sampleName && <span className="text-ink-soft text-sm">{sampleName}</span>}
        <Status tone={words.tone} title={words.sentence}>
          {words.sentence}
        </Status>
      </header>
      {experimentId === null ? (
        <EmptyState title="Not assigned yet">
          This dataset belongs to no experiment yet: staff assign it from the cockpit.
        </EmptyState>
      ) : (
        <FrameViewer
          datasetId={datasetId}
          experimentId={experimentId}
          image={image}
          basePath={`/experiments/${code}/datasets/${datasetId}/frames`}
          label={name}
        />
      )}
    </div>
  );
}
