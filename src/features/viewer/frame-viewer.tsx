'use client';

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useStore } from 'zustand';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { ComingFrames } from './coming-frames.tsx';
import { FoldedPreviews } from './folded-previews.tsx';
import { seriesOf, type ValueSeries } from './frame-values.ts';
import { PreviewStrip } from './preview-strip.tsx';
import { UnlocatedFrames } from './unlocated-frames.tsx';
import { useLocatedFrames } from './use-located-frames.ts';
import { usePreviews } from './use-previews.ts';
import { stateOfAddress, useViewInAddress, viewAddress } from './view-address.ts';
import { createViewerStore } from './viewer-store.ts';
import { ViewerSurface } from './viewer-surface.tsx';

interface FrameViewerProps {
  datasetId: string;
  instrumentId: string;
  /** Null: in the unassigned tray of the instrument. */
  experimentId: string | null;
  /** 1-based image number of the address. */
  image: number;
  /** Address of the viewer without the image number: `/experiments/…/datasets/…/frames`. */
  basePath: string;
  label: string;
  /** What came with the series beyond its geometry. */
  userData: unknown;
}

/** Numbers per frame of a growing dataset are asked for again at most this often. */
const VALUES_EVERY_MS = 3000;
/** Through the whole dataset, to pass by while frames are on their way. */
const MOST_PREVIEWS = 100;
const NO_VALUES: readonly ValueSeries[] = [];

/** Frames of one dataset, straight from the store; grows while data arrive; its address restores what is seen. */
export function FrameViewer({
  datasetId,
  instrumentId,
  experimentId,
  image,
  basePath,
  label,
  userData,
}: FrameViewerProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [store] = useState(() =>
    createViewerStore({ frame: Math.max(0, image - 1), ...stateOfAddress(datasetId) }),
  );
  useViewInAddress(store, basePath);
  const channel = useStore(store, (state) => state.channel);
  const options = trpc.datasets.frameIndex.queryOptions({ datasetId, channel });
  const index = useQuery({ ...options, placeholderData: keepPreviousData });
  const refresh = useCallback(
    () => void queryClient.invalidateQueries(trpc.datasets.frameIndex.queryFilter({ datasetId })),
    [queryClient, trpc, datasetId],
  );
  const looking = useLocatedFrames(datasetId, index.data?.isToBeLocated ?? false);
  const previews = usePreviews({ datasetId, instrumentId, experimentId, limit: MOST_PREVIEWS });
  const told = trpc.datasets.frameValues.queryOptions({ datasetId });
  const values = useQuery({ ...told, select: seriesOf });
  const askValues = useAskSoon(told.queryKey, VALUES_EVERY_MS);
  useLive([experimentId !== null && `experiment:${experimentId}`, `instrument:${instrumentId}`], (event) => {
    // Fast feedback finds spots frame by frame.
    if (event.kind === 'job.changed') askValues();
    if (event.data.datasetId !== datasetId) return;
    if (event.kind !== 'dataset.changed' && event.kind !== 'file.committed') return;
    refresh();
    askValues();
  });

  if (index.isPending) return <Skeleton className="min-h-96 flex-1" />;
  if (!index.data) {
    // An old link may name a channel that is not there.
    const retry = () => (channel === null ? void index.refetch() : store.setState({ channel: null }));
    return <ErrorState error={index.error} retry={retry} />;
  }
  const { channels, files, state, framesStored, isToBeLocated, unlocatedWhy } = index.data;
  if (files.length === 0 && framesStored > 0) {
    return (
      <div className="grid content-start gap-2">
        <UnlocatedFrames {...{ framesStored, isToBeLocated, unlocatedWhy, looking }} />
        <PreviewStrip {...{ datasetId, instrumentId, experimentId, basePath }} />
      </div>
    );
  }
  if (channels.length === 0 || (files.length === 0 && state !== 'receiving')) {
    return (
      <div className="grid content-start gap-2">
        <EmptyState title="No frames">This dataset ended before a frame reached the store.</EmptyState>
        <PreviewStrip {...{ datasetId, instrumentId, experimentId, basePath }} />
      </div>
    );
  }
  const place = { datasetId, instrumentId, experimentId, basePath };
  const surface = (
    <ViewerSurface
      index={index.data}
      label={label}
      experimentId={experimentId}
      userData={userData}
      values={values.data ?? NO_VALUES}
      previews={previews}
      store={store}
      linkOf={(state) =>
        `${typeof window === 'undefined' ? '' : window.location.origin}${viewAddress(basePath, state)}`
      }
      onExpired={refresh}
    />
  );
  if (files.length > 0) {
    return (
      <>
        {surface}
        <FoldedPreviews {...place} onChoose={(frame) => store.setState({ frame, follow: false })} />
      </>
    );
  }
  return <ComingFrames {...{ datasetId, instrumentId, experimentId }}>{surface}</ComingFrames>;
}
