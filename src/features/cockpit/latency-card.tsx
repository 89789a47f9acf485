'use client';
import { useMemo } from 'react';
import { formatBytes, formatCount, formatDuration } from '#src/components/format.ts';
import { Plot } from '#src/components/plot.tsx';
import { Card, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';

const TICKS_S = [0.01, 0.1, 1, 10, 100];
/** Grey that keeps its distance from ground and ink in both themes. */
const LINE_GREY = '#8a919c';

/** Files per latency bin on a logarithmic axis, with the facility's promise as a line. */
function LatencyHistogram({ latency, promiseMs }: { latency: CockpitView['latency']; promiseMs: number }) {
  const { edgesMs, counts } = latency.histogram;
  // Plotly draws anew when it gets new objects: only when a figure has changed.
  const figures = JSON.stringify([edgesMs, counts]);
  const traces = useMemo(() => {
    const [edges, files] = JSON.parse(figures) as [number[], number[]];
    const bars = (name: string, within: boolean) => {
      const bins = files.map((_, i) => i).filter((i) => edges[i + 1]! <= promiseMs * 1.001 === within);
      return {
        type: 'bar' as const,
        name,
        x: bins.map((i) => Math.sqrt(edges[i]! * edges[i + 1]!) / 1000),
        y: bins.map((i) => files[i]!),
        width: bins.map((i) => (edges[i + 1]! - edges[i]!) / 1000),
        customdata: bins.map((i) => `${formatDuration(edges[i]!)} to ${formatDuration(edges[i + 1]!)}`),
        hovertemplate: '%{customdata}: %{y} files<extra></extra>',
      };
    };
    // The order gives the colours: the first of the theme is the accent, the second warns.
    return [bars('within the promise', true), bars('later', false)];
  }, [figures, promiseMs]);
  const layout = useMemo(
    () => ({
      margin: { l: 30, r: 8, t: 18, b: 24 },
      bargap: 0,
      showlegend: false,
      hovermode: 'closest',
      xaxis: {
        type: 'log',
        range: [-2, 2],
        tickvals: TICKS_S,
        ticktext: ['10 ms', '0.1 s', '1 s', '10 s', '100 s'],
        fixedrange: true,
      },
      yaxis: { fixedrange: true, nticks: 4, rangemode: 'tozero' },
      shapes: [
        {
          type: 'line',
          x0: promiseMs / 1000,
          x1: promiseMs / 1000,
          y0: 0,
          y1: 1,
          yref: 'paper',
          line: { color: LINE_GREY, width: 1.5, dash: 'dash' },
        },
      ],
      annotations: [
        {
          x: Math.log10(promiseMs / 1000),
          y: 1,
          yref: 'paper',
          yanchor: 'bottom',
          text: `promise ${formatDuration(promiseMs)}`,
          showarrow: false,
          font: { size: 10 },
        },
      ],
    }),
    [promiseMs],
  );
  return (
    <Plot
      label={`Latency of the last ${latency.count} files: half within ${formatDuration(latency.p50Ms ?? 0)}, 95 of 100 within ${formatDuration(latency.p95Ms ?? 0)}`}
      className="h-36"
      traces={traces}
      layout={layout}
    />
  );
}

/** How long files took from their last byte at the source to visible here. */
export function LatencyCard({ view }: { view: CockpitView }) {
  const { latency, today, instrument } = view;
  return (
    <Card aria-label="Latency">
      <CardHeader title="Source to screen" hint="files of the last hour" />
      {latency.p50Ms === null || latency.p95Ms === null ? (
        <EmptyState title="No file in the last hour" className="py-6">
          Each file's way is measured: last byte at the source to visible here.
        </EmptyState>
      ) : (
        <>
          <div className="grid grid-cols-3 gap-3 px-3 pt-2">
            <Figure label="p50" value={formatDuration(latency.p50Ms)} />
            <Figure
              label="p95"
              value={
                <span className={latency.p95Ms > instrument.promiseMs ? 'text-warn' : undefined}>
                  {formatDuration(latency.p95Ms)}
                </span>
              }
            />
            <Figure label="files" value={latency.count} />
          </div>
          <LatencyHistogram latency={latency} promiseMs={instrument.promiseMs} />
        </>
      )}
      <p className="border-t px-3 py-2 text-ink-soft text-xs">
        Today: {today.datasets} {today.datasets === 1 ? 'dataset' : 'datasets'}, {formatCount(today.frames)}{' '}
        frames, {formatCount(today.files)} files, {formatBytes(today.bytes)}
      </p>
    </Card>
  );
}
