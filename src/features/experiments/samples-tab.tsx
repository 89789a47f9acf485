'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Search, TestTube, Trash2 } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useLive, useTRPC, useTRPCClient } from '#src/features/shell/index.ts';
import type { ListedSample } from '#src/server/domain/experiments/sample.repository.ts';
import { writeSamples } from '#src/shared/model/api-commands.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { CsvImport, outcomeWords } from './csv-import.tsx';
import { useExperiment } from './experiment-context.ts';
import { SampleDialog } from './sample-dialog.tsx';
import { samplesWith } from './sample-words.ts';

const ROW_HEIGHT = 52;
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[minmax(10rem,2fr)_8rem_minmax(8rem,1fr)_8rem_minmax(10rem,2fr)_6rem_5rem]';
const EXAMPLE =
  'name;protein;container;position;barcode;parent;safety;comment\nlyso_A1;HEWL;puck-1;1;;;;first of the batch';

function Head() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-md:hidden`}>
      <span>Name</span>
      <span>Protein</span>
      <span>Container · position</span>
      <span>Barcode</span>
      <span>Safety · comment</span>
      <span>Data</span>
      <span className="sr-only">Actions</span>
    </div>
  );
}

const placeOf = ({ container, position }: ListedSample) => [container, position].filter(Boolean).join(' · ');

function Row({
  row,
  samples,
  mayWrite,
  refresh,
}: {
  row: ListedSample;
  samples: readonly ListedSample[];
  mayWrite: boolean;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const remove = useMutation(trpc.experiments.removeSample.mutationOptions({ onSettled: refresh }));
  const isParent = samples.some(({ parentId }) => parentId === row.id);
  return (
    <div className={`${COLUMNS} h-full`}>
      <span className="grid min-w-0">
        <span className="truncate font-medium text-sm">{row.name}</span>
        <span className="truncate text-ink-faint text-xs">
          {row.safety && <span className="text-warn md:hidden">⚠ {row.safety} </span>}
          {row.parentName !== null && <span>from {row.parentName} </span>}
          <span className="md:hidden">{[row.protein, placeOf(row)].filter(Boolean).join(' · ')}</span>
        </span>
      </span>
      <span className="truncate text-sm max-md:hidden">{row.protein}</span>
      <span className="truncate text-sm max-md:hidden">{placeOf(row)}</span>
      <span className="truncate font-mono text-xs max-md:hidden">{row.barcode}</span>
      <span className="grid min-w-0 max-md:hidden">
        {row.safety && (
          <Status tone="warn" className="min-w-0 text-xs" title={row.safety}>
            {row.safety}
          </Status>
        )}
        <span className="truncate text-ink-soft text-xs" title={row.comment}>
          {row.comment}
        </span>
      </span>
      <span className="text-ink-soft text-xs max-md:hidden">
        {row.datasets === 0 ? 'no data' : `${row.datasets} ${row.datasets === 1 ? 'dataset' : 'datasets'}`}
      </span>
      <span className="flex justify-end">
        {mayWrite && (
          <SampleDialog
            experimentId={row.experimentId}
            sample={row}
            samples={samples}
            onSaved={refresh}
            trigger={
              <Button look="quiet" size="icon-sm" aria-label={`Edit ${row.name}`}>
                <Pencil aria-hidden />
              </Button>
            }
          />
        )}
        {mayWrite && row.datasets === 0 && !isParent && (
          <ConfirmDialog
            trigger={
              <Button look="quiet" size="icon-sm" aria-label={`Remove ${row.name}`}>
                <Trash2 aria-hidden />
              </Button>
            }
            title={`Remove ${row.name}?`}
            action={`Remove ${row.name}`}
            onConfirm={() => remove.mutateAsync({ sampleId: row.id })}
          >
            Nothing was measured of it. It can be added again.
          </ConfirmDialog>
        )}
      </span>
    </div>
  );
}

/** What is measured: written by hand, from a table, by programs, or by the names in the data themselves. */
export function SamplesTab() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const experiment = useExperiment();
  const experimentId = experiment.id;
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault(''));
  const samples = useQuery(trpc.experiments.samples.queryOptions({ experimentId }));
  const refresh = () =>
    void queryClient.invalidateQueries(trpc.experiments.samples.queryFilter({ experimentId }));
  useLive([`experiment:${experimentId}`], (event) => {
    const isNew = event.kind === 'dataset.changed' && event.data.framesStored === 0;
    if (isNew || event.kind === 'experiment.changed') refresh();
  });
  const mayWrite = allows('file.upload', experiment.roles);
  if (samples.isPending) return <SkeletonRows rows={8} />;
  if (!samples.data) return <ErrorState error={samples.error} retry={() => void samples.refetch()} />;
  const all = samples.data;
  const shown = samplesWith(all, search);
  const actions = mayWrite && (
    <>
      <CsvImport
        what="samples"
        columns="Columns: name (required), protein, container, position, barcode, parent, safety, comment, in any order, with commas, semicolons or tabs between. Known names get the columns given."
        example={EXAMPLE}
        run={(text, dryRun) => client.experiments.importSamples.mutate({ experimentId, text, dryRun })}
        onImported={(outcome) => {
          toast.done(`Samples imported: ${outcomeWords(outcome)}`);
          refresh();
        }}
      />
      <SampleDialog
        experimentId={experimentId}
        sample={null}
        samples={all}
        onSaved={refresh}
        trigger={
          <Button look="primary">
            <Plus aria-hidden /> New sample
          </Button>
        }
      />
    </>
  );
  if (all.length === 0) {
    return (
      <EmptyState
        icon={TestTube}
        title="No samples yet"
        request={mayWrite ? writeSamples(experiment.code) : undefined}
        action={<div className="flex flex-wrap justify-center gap-2">{actions}</div>}
      >
        What is measured: crystals, wells, powders. Data that name a sample which is not here add it by
        themselves.
      </EmptyState>
    );
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 p-3 sm:px-4">
        <Input
          type="search"
          aria-label="Search samples"
          placeholder="Name, protein, place, barcode"
          className="min-w-0 grow basis-[calc(100%-3rem)] sm:max-w-72 sm:basis-72"
          value={search}
          onChange={(event) => void setSearch(event.currentTarget.value || null)}
        />
        <span className="text-ink-faint text-xs">
          {shown.length === all.length ? all.length : `${shown.length} of ${all.length}`}
        </span>
        <div className="ml-auto flex flex-wrap gap-2">{actions}</div>
      </div>
      <div className="min-h-64 flex-1 border-t">
        {shown.length === 0 ? (
          <EmptyState
            icon={Search}
            title="Nothing matches"
            action={<Button onClick={() => void setSearch(null)}>Show all samples</Button>}
          />
        ) : (
          <VirtualList
            label="Samples"
            rows={shown}
            rowHeight={ROW_HEIGHT}
            rowKey={(row) => row.id}
            head={<Head />}
          >
            {(row) => <Row row={row} samples={all} mayWrite={mayWrite} refresh={refresh} />}
          </VirtualList>
        )}
      </div>
    </div>
  );
}
