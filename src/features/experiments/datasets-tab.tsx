'use client';
import { Layers, Pencil, Search } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { AcquisitionDialog } from '#src/features/datasets/index.ts';
import { useKeys, useTRPCClient } from '#src/features/shell/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { ColumnMenu } from './column-menu.tsx';
import { CsvImport, outcomeWords } from './csv-import.tsx';
import { DatasetExport } from './dataset-export.tsx';
import { DatasetFilterBar } from './dataset-filters.tsx';
import { columnStyle, DatasetHead, type DatasetItem, DatasetRow } from './dataset-row.tsx';
import { useExperiment } from './experiment-context.ts';
import { noDatasetsWords } from './experiment-words.ts';
import { MovedData } from './moved-data.tsx';
import { PlannedAcquisitions } from './planned-acquisitions.tsx';
import { useDatasetColumns } from './use-dataset-columns.ts';
import { useDatasetFilters } from './use-dataset-filters.ts';
import { useDatasetMetrics } from './use-dataset-metrics.ts';
import { useDatasets } from './use-datasets.ts';

const ROW_HEIGHT = 56;
const IMPORT_COLUMNS =
  'Columns: name (as the files begin: lyso/run_1) or seriesId, then any of id, kind, sample, mark, comment, energyEv, exposureS, omegaStartDeg, omegaIncrementDeg, rows, columns, snake, stepXUm, stepYUm, parameters; with commas, semicolons or tabs between. A line about data that are here corrects them, others wait for their data; empty cells change nothing.';
const IMPORT_EXAMPLE =
  'id,name,kind,sample,mark,comment,energyEv,parameters\n17,lyso/run_1,rotation,lyso_A1,good,second loop,12400,kappa = 30 deg; dose = 1.5 MGy';

export function viewerHref(code: string, row: Pick<DatasetItem, 'id'>): string {
  return `/experiments/${code}/datasets/${row.id}/frames/1`;
}

/** One row per acquisition, live; arrows move, Enter opens the viewer. */
export function DatasetsTab() {
  const experiment = useExperiment();
  const zone = useFacilityZone();
  const router = useRouter();
  const client = useTRPCClient();
  const filtering = useDatasetFilters();
  const { filters, isFiltered, clear } = filtering;
  const [current, setCurrent] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  const datasets = useDatasets(experiment.id, filters);
  const metrics = useDatasetMetrics();
  const chosen = useDatasetColumns(metrics);
  const { columns } = chosen;
  const tracks = columnStyle(columns);
  const mayWrite = allows('file.upload', experiment.roles);
  const open = (row: DatasetItem) => router.push(viewerHref(experiment.code, row));
  useKeys('Datasets', [
    { keys: '/', does: 'Filter by name, sample or comment', run: () => searchBox.current?.focus() },
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
      return isFiltered ? (
        <EmptyState
          icon={Search}
          title="No dataset matches"
          action={<Button onClick={clear}>Show all datasets</Button>}
        >
          The search looks at names, samples and comments.
        </EmptyState>
      ) : (
        <EmptyState icon={Layers} title={experiment.finishedAt ? 'No datasets' : 'No datasets yet'}>
          {noDatasetsWords(experiment, zone)}
        </EmptyState>
      );
    }
    return (
      <VirtualList
        label="Datasets"
        rows={datasets.rows}
        rowHeight={ROW_HEIGHT}
        rowKey={(row) => row.id}
        // The button at the end of each row has no head.
        head={
          <div className="flex" style={tracks}>
            <DatasetHead
              columns={columns}
              metrics={metrics}
              className={mayWrite ? 'flex-1 pr-11 sm:pr-13' : 'flex-1'}
            />
          </div>
        }
        currentIndex={current}
        onCurrent={setCurrent}
        onOpen={open}
        onNearEnd={() => {
          if (datasets.hasNextPage && !datasets.isFetchingNextPage) void datasets.fetchNextPage();
        }}
      >
        {(row) => (
          <div className="flex h-full items-center hover:bg-hover md:min-w-fit" style={tracks}>
            <Link
              href={viewerHref(experiment.code, row)}
              className="block h-full min-w-0 flex-1"
              tabIndex={-1}
            >
              <DatasetRow row={row} columns={columns} metrics={metrics} />
            </Link>
            {mayWrite && (
              <AcquisitionDialog
                dataset={row}
                trigger={
                  <Button
                    look="quiet"
                    size="icon-sm"
                    className="-ml-2 mr-1 sm:mr-2"
                    aria-label={`Correct ${row.base}`}
                  >
                    <Pencil aria-hidden />
                  </Button>
                }
              />
            )}
          </div>
        )}
      </VirtualList>
    );
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <DatasetFilterBar
        {...filtering}
        experimentId={experiment.id}
        metrics={metrics}
        searchBox={searchBox}
        actions={
          <>
            <ColumnMenu metrics={metrics} choice={chosen} />
            <DatasetExport experimentId={experiment.id} code={experiment.code} filters={filters} />
            {mayWrite && (
              <CsvImport
                what="acquisitions"
                columns={IMPORT_COLUMNS}
                example={IMPORT_EXAMPLE}
                run={(text, dryRun) =>
                  client.datasets.importAcquisitions.mutate({ experimentId: experiment.id, text, dryRun })
                }
                onImported={(outcome) => toast.done(`Acquisitions imported: ${outcomeWords(outcome)}`)}
              />
            )}
          </>
        }
      />
      <PlannedAcquisitions experimentId={experiment.id} mayWrite={mayWrite} />
      <MovedData experimentId={experiment.id} />
      <div className="min-h-64 flex-1 border-t">{body()}</div>
    </div>
  );
}
