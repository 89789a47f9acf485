'use client';

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { createViewerStore, type ViewerStore, viewerStateFromUrl, viewerStateToUrl } from './viewer-store.ts';
import { ViewerSurface } from './viewer-surface.tsx';

interface FrameViewerProps {
  datasetId: string;
  experimentId: string;
  /** 1-based image number of the address. */
  image: number;
  /** Address of the viewer without the image number: `/experiments/…/datasets/…/frames`. */
  basePath: string;
  label: string;
}

/** Between the last change of the view and the address saying so; browsers refuse more than about 100 changes in 30 s. */
const ADDRESS_DELAY_MS = 400;

function useViewInAddress(store: ViewerStore, basePath: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.subscribe((state) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const query = viewerStateToUrl(state).toString();
        window.history.replaceState(null, '', `${basePath}/${state.frame + 1}${query ? `?${query}` : ''}`);
      }, ADDRESS_DELAY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store, basePath]);
}

/** Frames of one dataset, straight from the store; grows while data arrive; its address restores what is seen. */
export function FrameViewer({ datasetId, experimentId, image, basePath, label }: FrameViewerProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [store] = useState(() =>
    createViewerStore({
      frame: Math.max(0, image - 1),
      ...(typeof window === 'undefined'
        ? {}
        : viewerStateFromUrl(new URLSearchParams(window.location.search))),
    }),
  );
  useViewInAddress(store, basePath);
  const options = trpc.datasets.frameIndex.queryOptions({ datasetId });
  const index = useQuery({ ...options, placeholderData: keepPreviousData });
  const refresh = useCallback(
    () => void queryClient.invalidateQueries(trpc.datasets.frameIndex.queryFilter({ datasetId })),
    [queryClient, trpc, datasetId],
  );
  useLive([`experiment:${experimentId}`], (event) => {
    if (
      event.data.datasetId === datasetId &&
      (event.kind === 'dataset.changed' || event.kind === 'file.committed')
    )
      refresh();
  });

  if (index.isPending) return <Skeleton className="min-h-96 flex-1" />;
  if (!index.data) return <ErrorState error={index.error} retry={() => void index.refetch()} />;
  if (index.data.channels.length === 0 || (index.data.files.length === 0 && index.data.state !== 'receiving'))
    return <EmptyState title="No frames">This dataset ended before a frame reached the store.</EmptyState>;
  return <ViewerSurface index={index.data} label={label} store={store} onExpired={refresh} />;
}
