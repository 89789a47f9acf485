'use client';
import { useQuery } from '@tanstack/react-query';
import { FileDown, Grid3x3 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useMemo, useState } from 'react';
import { formatCount } from '#src/components/format.ts';
import { saveText } from '#src/components/save-file.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { seriesOf, valueLabel } from '#src/features/viewer/index.ts';
import type { DatasetDetail } from '#src/server/domain/datasets/datasets.service.ts';
import type { ScanGrid } from '#src/shared/model/acquisition-fields.ts';
import { figures } from '#src/shared/model/measured-words.ts';
import { SCAN_COLOURS, ScanMap } from './scan-map.tsx';
import { cellsOf, type ScanPlace, type ScanRegion, scanCsv, statisticsOf } from './scan-places.ts';

/** While frames arrive the map is drawn anew this often. */
const ASK_EVERY_MS = 5000;

type Scanned = Pick<DatasetDetail, 'id' | 'base' | 'state'>;

function Body({ dataset, code, onLeave }: { dataset: Scanned; code: string; onLeave: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const scan = useQuery(
    trpc.datasets.scan.queryOptions(
      { datasetId: dataset.id },
      { refetchInterval: dataset.state === 'receiving' ? ASK_EVERY_MS : false },
    ),
  );
  const series = useMemo(() => seriesOf(scan.data?.series ?? []), [scan.data]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [region, setRegion] = useState<ScanRegion | null>(null);
  const [hovered, setHovered] = useState<ScanPlace | null>(null);
  if (scan.isPending) return <Skeleton className="h-64" />;
  if (!scan.data) return <ErrorState error={scan.error} retry={() => void scan.refetch()} />;
  const shown = series.find(({ name }) => name === chosen) ?? series[0];
  const grid: ScanGrid | null = scan.data.grid;
  if (!grid || !shown) {
    return (
      <EmptyState icon={Grid3x3} title="No number per frame yet">
        The map is drawn of what the detector's stream tells of each frame, or of the spots that fast feedback
        finds. Run fast feedback on this dataset, or the template Grid map for other numbers.
      </EmptyState>
    );
  }
  const all: ScanRegion = {
    from: { row: 0, column: 0 },
    to: { row: grid.rows - 1, column: grid.columns - 1 },
  };
  const cells = cellsOf(grid, region ?? all, shown.values);
  const statistics = statisticsOf(cells);
  const ends = region ? statisticsOf(cellsOf(grid, all, shown.values)) : statistics;
  const at = hovered && cellsOf(grid, { from: hovered, to: hovered }, shown.values)[0];
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <NativeSelect
          aria-label="Number shown"
          className="w-auto"
          value={shown.name}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {series.map(({ name }) => (
            <option key={name} value={name}>
              {valueLabel(name)}
            </option>
          ))}
        </NativeSelect>
        {ends && (
          <span className="flex items-center gap-1.5 text-ink-soft text-xs tabular-nums">
            {figures(ends.low)}
            <span aria-hidden className="h-2.5 w-20 rounded-sm border" style={{ background: SCAN_COLOURS }} />
            {figures(ends.high)}
          </span>
        )}
        <p aria-live="polite" className="ml-auto text-ink-soft text-xs tabular-nums">
          {at
            ? `row ${at.row + 1}, column ${at.column + 1}, image ${at.frame + 1}: ${at.value === null ? 'no number' : figures(at.value)}`
            : `${formatCount(grid.rows)} × ${formatCount(grid.columns)}${grid.snake ? ', every second row backwards' : ''}`}
        </p>
      </div>
      <ScanMap
        grid={grid}
        values={shown.values}
        label={`${valueLabel(shown.name)} where they were measured, ${grid.rows} rows of ${grid.columns}`}
        region={region}
        onRegion={setRegion}
        onHover={setHovered}
        onOpen={({ row, column }) => {
          const [cell] = cellsOf(grid, { from: { row, column }, to: { row, column } }, shown.values);
          onLeave();
          router.push(`/experiments/${code}/datasets/${dataset.id}/frames/${cell!.frame + 1}`);
        }}
      />
      <div className="flex flex-wrap items-center gap-2">
        <p className="text-ink-soft text-xs tabular-nums">
          {region ? 'Region: ' : 'All: '}
          {statistics
            ? `${formatCount(statistics.cells)} of ${formatCount(cells.length)} places, ${figures(statistics.low)} to ${figures(statistics.high)}, mean ${figures(statistics.mean)}`
            : 'nothing measured'}
        </p>
        <span className="ml-auto flex gap-2">
          {region && (
            <Button size="sm" look="quiet" onClick={() => setRegion(null)}>
              All of it
            </Button>
          )}
          <Button
            size="sm"
            onClick={() =>
              saveText(
                scanCsv(cells, shown.name),
                `${dataset.base.replace(/^.*\//, '')}-${shown.name}.csv`,
                'text/csv',
              )
            }
          >
            <FileDown aria-hidden /> Export {region ? 'the region' : 'as CSV'}
          </Button>
        </span>
      </div>
      <p className="text-ink-faint text-xs">
        A press opens the frame; drag over a region, or Shift with the arrows. Steps are drawn to scale where
        they were told.
      </p>
    </div>
  );
}

/** Any number per frame on the lattice of the scan. */
export function ScanMapDialog({
  dataset,
  code,
  size = 'md',
}: {
  dataset: Scanned;
  code: string;
  size?: 'sm' | 'md';
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size={size}>
          <Grid3x3 aria-hidden /> Scan map
        </Button>
      </DialogTrigger>
      <DialogContent title={`Scan of ${dataset.base.replace(/^raw\//, '')}`} className="max-w-2xl">
        <Body dataset={dataset} code={code} onLeave={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}
