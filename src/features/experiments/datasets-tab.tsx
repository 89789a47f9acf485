'use client';
import { Layers, Search } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useQueryState } from 'nuqs';
import { useRef, useState } from 'react';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import { DatasetHead, type DatasetItem, DatasetRow } from './dataset-row.tsx';
import { useExperiment } from './experiment-frame.tsx';
import { MovedData } from './moved-data.tsx';
import { useDatasetMetrics } from './use-dataset-metrics.ts';
import { useDatasets } from './use-datasets.ts';

const ROW_HEIGHT = 56;

export function viewerHref(code: string, row: Pick<DatasetItem, 'id'>): string {
  return `/experiments/${code}/datasets/${row.id}/frames/1`;
}

/** One row per acquisition, live; arrows move, Enter opens the viewer. */
export function DatasetsTab() {
  const experiment = useExperiment();
  const router = useRouter();
  const [search, setSearch] = useQueryState('q', { defaultValue: '', clearOnDefault: true, throttleMs: 300 });
  const [current, setCurrent] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  const datasets = useDatasets(experiment.id, search);
  const metrics = useDatasetMetrics();
  const open = (row: DatasetItem) => router.push(viewerHref(experiment.code, row));
  useKeys('Datasets', [
    { keys: '/', does: 'Filter by name or sample', run: () => searchBox.current?.focus() },
    {
      keys: 'ArrowDown',
      does: 'Next dataset',
      run: () => setCurrent((n) => Math.min(n + 1, datasets.rows.length - 1)),
    },
    { keys: 'ArrowUp', does: 'Previous dataset', run: () => setCurrent((n) => Math.max(n - 1, 0)) },
    {
      keys: 'Enter',
      does: 'Open in the viewer',
      run: () => {
        const row = datasets.rows[current];
        if (row) open(row);
      },
    },
  ]);

  const body = () => {
    if (datasets.isPending) return <SkeletonRows rows={8} />;
    if (datasets.isError && datasets.rows.length === 0) {
      return <ErrorState error={datasets.error} retry={() => void datasets.refetch()} />;
    }
    if (datasets.rows.length === 0) {
      return search ? (
        <EmptyState icon={Search} title={`No dataset matches “${search}”`}>
          The filter looks at names and samples.
        </EmptyState>
      ) : (
        <EmptyState icon={Layers} title="No datasets yet">
          {experiment.activeSince
            ? `Every series that ${experiment.instrument.name} measures from now on appears here by itself, frame by frame.`
            : 'Series measured while this experiment is active at its instrument appear here by themselves.'}
        </EmptyState>
      );
    }
    return (
      <VirtualList
        label="Datasets"
        rows={datasets.rows}
        rowHeight={ROW_HEIGHT}
        rowKey={(row) => row.id}
        head={<DatasetHead />}
        currentIndex={current}
        onCurrent={setCurrent}
        onOpen={open}
        onNearEnd={() => {
          if (datasets.hasNextPage && !datasets.isFetchingNextPage) void datasets.fetchNextPage();
        }}
      >
        {(row) => (
          <Link href={viewerHref(experiment.code, row)} className="block h-full hover:bg-hover" tabIndex={-1}>
            <DatasetRow row={row} metrics={metrics} />
          </Link>
        )}
      </VirtualList>
    );
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 px-3 py-2 sm:px-4">
        <Input
          ref={searchBox}
          type="search"
          aria-label="Filter datasets"
          placeholder="Name or sample"
          className="max-w-72"
          value={search}
          onChange={(event) => void setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      </div>
      <MovedData experimentId={experiment.id} />
      <div className="min-h-64 flex-1 border-t">{body()}</div>
    </div>
  );
}
