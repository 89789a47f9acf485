'use client';
import { Info } from 'lucide-react';
import { formatBytes, formatCount, formatDuration } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Tooltip } from '#src/components/ui/tooltip.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';
import { LatencyHistogram } from './latency-histogram.tsx';

/** What is measured, and what is not; the definition stands in docs/model.md. */
const MEASURED =
  'From the moment the HUB had taken the last frame of a file (any other file: its last byte on the disk), on the agent’s corrected clock, to the moment the file was recorded as readable in the store. The way from the detector to the HUB and the drawing in the browser are not in it.';

/** ", 312 files, 2.1 GB": counted less often than the rest. */
function Stored({ today: { files, bytes } }: Pick<CockpitSurroundings, 'today'>) {
  return (
    <>
      , {formatCount(files)} {files === 1 ? 'file' : 'files'}, {formatBytes(bytes)}
    </>
  );
}

/** How long files took from their last frame or byte at the agent to readable in the store. */
export function LatencyCard({
  view,
  surroundings,
}: {
  view: CockpitView;
  surroundings: CockpitSurroundings | null;
}) {
  const { latency, today, instrument } = view;
  const { p50Ms, p95Ms } = latency;
  return (
    <Card aria-label="Latency">
      <CardHeader title="Instrument to store" hint="files of the last hour">
        <Tooltip text={MEASURED} side="left">
          <Button look="quiet" size="icon-sm" aria-label="What is measured">
            <Info aria-hidden />
          </Button>
        </Tooltip>
      </CardHeader>
      <p className="px-3 pt-2 text-ink-faint text-xs" title={MEASURED}>
        last frame or byte at the agent → file readable in the store
      </p>
      {p50Ms === null || p95Ms === null ? (
        <EmptyState title="No file in the last hour" className="py-6">
          Each file's way is measured, from its last frame or byte at the agent to readable in the store.
        </EmptyState>
      ) : (
        <>
          <div className="grid grid-cols-3 gap-3 px-3 pt-2">
            <Figure label="p50" value={formatDuration(p50Ms)} />
            <Figure
              label="p95"
              value={
                <span className={p95Ms > instrument.promiseMs ? 'text-warn' : undefined}>
                  {formatDuration(p95Ms)}
                </span>
              }
            />
            <Figure label="files" value={latency.count} />
          </div>
          <LatencyHistogram latency={{ ...latency, p50Ms, p95Ms }} promiseMs={instrument.promiseMs} />
        </>
      )}
      <p className="border-t px-3 py-2 text-ink-soft text-xs">
        Today: {today.datasets} {today.datasets === 1 ? 'dataset' : 'datasets'}, {formatCount(today.frames)}{' '}
        frames{surroundings && <Stored today={surroundings.today} />}
      </p>
    </Card>
  );
}
