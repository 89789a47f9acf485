'use client';
import { formatBytes, formatCount, formatDuration } from '#src/components/format.ts';
import { Card, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { LatencyHistogram } from './latency-histogram.tsx';

/** How long files took from their last byte at the source to visible here. */
export function LatencyCard({ view }: { view: CockpitView }) {
  const { latency, today, instrument } = view;
  const { p50Ms, p95Ms } = latency;
  return (
    <Card aria-label="Latency">
      <CardHeader title="Source to screen" hint="files of the last hour" />
      {p50Ms === null || p95Ms === null ? (
        <EmptyState title="No file in the last hour" className="py-6">
          Each file's way is measured: last byte at the source to visible here.
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
        frames, {formatCount(today.files)} files, {formatBytes(today.bytes)}
      </p>
    </Card>
  );
}
