'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Layers, Pencil } from 'lucide-react';
import Link from 'next/link';
import { formatBytes } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { CustodyDialog } from '#src/features/custody/index.ts';
import {
  AcquisitionDialog,
  AcquisitionFacts,
  ScanMapDialog,
  Snapshots,
  useMayCorrect,
} from '#src/features/datasets/index.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { FrameThumbnail, PreviewStrip } from '#src/features/viewer/index.ts';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { PanelHead } from './file-panel.tsx';
import { useDownload } from './use-download.ts';

const FILE_ROW_HEIGHT = 30;

/** The files that a listing folds into one row, each to be downloaded by itself. */
function DatasetFiles({ datasetId }: { datasetId: string }) {
  const trpc = useTRPC();
  const files = useQuery(trpc.datasets.files.queryOptions({ datasetId }));
  const download = useDownload();
  if (files.isPending) return <SkeletonRows rows={3} />;
  if (!files.data)
    return <ErrorState error={files.error} retry={() => void files.refetch()} className="py-4" />;
  const height = Math.min(8, files.data.length) * FILE_ROW_HEIGHT + 2;
  return (
    <div className="rounded-md border" style={{ height }}>
      <VirtualList
        label="Files of the dataset"
        rows={files.data}
        rowHeight={FILE_ROW_HEIGHT}
        rowKey={(row) => row.id}
      >
        {(row) => (
          <div className="flex h-full items-center gap-2 pl-2 hover:bg-hover">
            <span className="min-w-0 flex-1 truncate font-mono text-xs" title={row.path}>
              {row.name}
            </span>
            <span className="text-ink-faint text-xs">{formatBytes(row.sizeBytes)}</span>
            <Button
              look="quiet"
              size="icon-sm"
              aria-label={`Download ${row.name}`}
              onClick={() => download.mutate({ fileId: row.id })}
            >
              <Download aria-hidden />
            </Button>
          </div>
        )}
      </VirtualList>
    </div>
  );
}

/** One dataset: its newest frame, whether all of it is here, its files. */
export function DatasetPanel({
  datasetId,
  instrumentId,
  code,
  onClose,
}: {
  datasetId: string;
  instrumentId: string;
  code: string;
  onClose: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const query = useQuery(trpc.datasets.get.queryOptions({ datasetId }));
  const mayCorrect = useMayCorrect(code);
  useLive([query.data?.experimentId ? `experiment:${query.data.experimentId}` : null], (event) => {
    if (event.data.datasetId !== datasetId && event.kind !== 'experiment.changed') return;
    void queryClient.invalidateQueries(trpc.datasets.get.queryFilter({ datasetId }));
    if (event.kind === 'file.committed') {
      void queryClient.invalidateQueries(trpc.datasets.files.queryFilter({ datasetId }));
    }
  });
  if (query.isPending) return <SkeletonRows />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const dataset = query.data;
  const words = frameWords(dataset);
  return (
    <>
      <PanelHead name={dataset.base.replace(/^.*\//, '')} onClose={onClose} />
      <div className="grid grid-cols-1 gap-3 p-3">
        {dataset.framesStored > 0 && (
          <Link
            href={`/experiments/${code}/datasets/${datasetId}/frames/${dataset.framesStored}`}
            title="Open the newest frame in the viewer"
          >
            <FrameThumbnail
              datasetId={datasetId}
              instrumentId={instrumentId}
              experimentId={dataset.experimentId}
            />
          </Link>
        )}
        <Status tone={words.tone} className="whitespace-normal">
          {words.sentence}
        </Status>
        <div className="flex flex-wrap gap-2">
          <Button look="primary" asChild>
            <Link href={`/experiments/${code}/datasets/${datasetId}/frames/1`}>
              <Layers aria-hidden /> Open frames
            </Link>
          </Button>
          {dataset.acquisition.grid && <ScanMapDialog dataset={dataset} code={code} />}
          <CustodyDialog code={code} dataset={dataset} />
          {mayCorrect && (
            <AcquisitionDialog
              dataset={dataset}
              trigger={
                <Button>
                  <Pencil aria-hidden /> Correct
                </Button>
              }
            />
          )}
        </div>
        <PreviewStrip
          datasetId={datasetId}
          instrumentId={instrumentId}
          experimentId={dataset.experimentId}
          basePath={`/experiments/${code}/datasets/${datasetId}/frames`}
        />
        <Snapshots datasetId={datasetId} experimentId={dataset.experimentId} />
        <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-2 gap-y-1 text-xs">
          <AcquisitionFacts dataset={dataset} />
          <dt className="text-ink-soft">detector</dt>
          <dd className="truncate">
            {[dataset.detectorName, dataset.detectorSerialNumber].filter(Boolean).join(' · ')}
          </dd>
          <dt className="text-ink-soft">started</dt>
          <dd>
            <RelativeTime at={dataset.startedAt} />
          </dd>
          <dt className="text-ink-soft">size</dt>
          <dd>
            {formatBytes(dataset.sizeBytes)} in {dataset.files} files
          </dd>
        </dl>
        <DatasetFiles datasetId={datasetId} />
      </div>
    </>
  );
}
