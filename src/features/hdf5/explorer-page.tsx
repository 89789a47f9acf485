'use client';
import { useQuery } from '@tanstack/react-query';
import { CircleStop, FolderOpen, Layers, RotateCw } from 'lucide-react';
import Link from 'next/link';
import { formatBytes } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import type { FileDetail } from '#src/server/domain/files/files.service.ts';
import { Hdf5Provider, useHdf5, useIsBusy } from './hdf5-context.tsx';
import { NodePane } from './node-pane.tsx';
import { TreePane } from './tree-pane.tsx';
import { useExplorerPlace } from './use-place.ts';

function StopButton() {
  const { client } = useHdf5();
  const isBusy = useIsBusy();
  return (
    <Button size="sm" disabled={!isBusy} onClick={() => client.stop()} title="Stop reading">
      <CircleStop aria-hidden /> Stop
    </Button>
  );
}

function ReadAgain() {
  const { tree } = useHdf5();
  return (
    <Button size="sm" look="quiet" onClick={() => tree.getState().again()} title="Read the tree again">
      <RotateCw aria-hidden /> <span className="max-sm:sr-only">Read again</span>
    </Button>
  );
}

function Explorer({ file, code }: { file: FileDetail; code: string }) {
  const place = useExplorerPlace();
  const folder = file.path.replace(/\/?[^/]*$/, '');
  const isOfFrames = file.datasetId !== null && (file.kind === 'master' || file.kind === 'data');
  return (
    <div className="flex h-full min-h-[32rem] flex-col max-md:h-auto">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-3 py-2">
        <p className="min-w-0 truncate font-mono font-semibold text-sm" title={file.path}>
          {file.name}
        </p>
        <span className="text-ink-faint text-xs">{formatBytes(file.sizeBytes)}</span>
        <div className="ml-auto flex flex-wrap items-center gap-1.5">
          <ReadAgain />
          <StopButton />
          {isOfFrames && (
            <Button size="sm" asChild>
              <Link href={`/experiments/${code}/datasets/${file.datasetId}/frames/1`}>
                <Layers aria-hidden /> Open frames
              </Link>
            </Button>
          )}
          <Button size="sm" asChild>
            <Link
              href={`/experiments/${code}/files?${new URLSearchParams({ path: folder, sel: `f:${file.id}` })}`}
            >
              <FolderOpen aria-hidden /> <span className="max-sm:sr-only">In the file browser</span>
            </Link>
          </Button>
        </div>
      </header>
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <aside
          aria-label="Tree"
          className="w-80 shrink-0 border-r max-md:h-64 max-md:w-full max-md:border-r-0 max-md:border-b lg:w-96"
        >
          <TreePane fileName={file.name} at={place.place.at} onGo={place.go} />
        </aside>
        <div className="min-h-0 min-w-0 flex-1 p-3 md:overflow-y-auto">
          <NodePane fileBase={file.name.replace(/\.[^.]*$/, '')} place={place} />
        </div>
      </div>
    </div>
  );
}

/** An HDF5 file as it is: its tree, and what is chosen in it. */
export function ExplorerPage({ fileId, code }: { fileId: string; code: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.files.get.queryOptions({ fileId }));
  usePageLabel(query.data?.name ?? null);
  if (query.isPending) return <Skeleton className="m-4 min-h-96" />;
  if (!query.data)
    return (
      <ErrorState
        error={query.error}
        retry={() => void query.refetch()}
        wayOn={{ href: `/experiments/${code}/files`, label: 'The files of the experiment' }}
      />
    );
  const file = query.data;
  if (file.experimentId === null) {
    return (
      <EmptyState title="Not assigned yet">
        This file belongs to no experiment: the staff of its instrument find it in the unassigned tray.
      </EmptyState>
    );
  }
  return (
    <Hdf5Provider
      experimentId={file.experimentId}
      path={file.path}
      fallback={<Skeleton className="m-4 min-h-96" />}
    >
      <Explorer file={file} code={code} />
    </Hdf5Provider>
  );
}
