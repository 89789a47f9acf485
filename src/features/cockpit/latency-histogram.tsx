import { cn } from '#src/components/class-names.ts';
import { formatCount, formatDuration } from '#src/components/format.ts';
import type { LatencySummary } from '#src/shared/model/latency.ts';
import { countTicks, latencyBins, latencyX } from './latency-scale.ts';

const TICKS = [
  [10, '10 ms'],
  [100, '0.1 s'],
  [1000, '1 s'],
  [10_000, '10 s'],
  [100_000, '100 s'],
] as const;

const percent = (share: number) => `${share}%`;

function Bars({ histogram, promiseMs }: { histogram: LatencySummary['histogram']; promiseMs: number }) {
  return latencyBins(histogram, promiseMs).map(({ fromMs, toMs, files, x, width, height, kept }) => (
    <g key={fromMs}>
      <title>
        {`${formatDuration(fromMs)} to ${formatDuration(toMs)}: ${formatCount(files)} ${files === 1 ? 'file' : 'files'}`}
      </title>
      {/* The whole column tells its count when pointed at, however low its bar. */}
      <rect x={percent(x)} y="0" width={percent(width)} height="100%" fill="transparent" />
      <rect
        x={percent(x)}
        y={percent(100 - height)}
        width={percent(width)}
        height={percent(height)}
        className={cn('stroke-surface', kept ? 'fill-accent' : 'fill-warn')}
      />
    </g>
  ));
}

/**
 * An upright line over the whole height with a word above it, `row` lines of text higher than the drawing. The word keeps clear of
 * lines that were drawn before.
 */
function Mark({
  x,
  row,
  anchor,
  dashed = false,
  children,
}: {
  x: number;
  row: number;
  anchor: 'start' | 'middle' | 'end';
  dashed?: boolean;
  children: string;
}) {
  return (
    <g pointerEvents="none">
      <line
        x1={percent(x)}
        x2={percent(x)}
        y1={-12 * row + 8}
        y2="100%"
        strokeWidth={1.5}
        strokeDasharray={dashed ? '4 3' : undefined}
        className={dashed ? 'stroke-ink-faint' : 'stroke-ink'}
      />
      <text
        x={percent(x)}
        y={-12 * row + 6}
        dx={anchor === 'start' ? 2 : anchor === 'end' ? -2 : 0}
        textAnchor={anchor}
        paintOrder="stroke"
        strokeWidth={3}
        className="fill-ink-soft stroke-surface"
      >
        {children}
      </text>
    </g>
  );
}

/**
 * Files per bin of latency on a logarithmic axis, with the median, the 95th percentile and the facility's promise. Lengths along the
 * axes are in per cent, so that it fits any width without being measured and its letters keep their size.
 */
export function LatencyHistogram({
  latency: { count, p50Ms, p95Ms, maxMs, histogram },
  promiseMs,
}: {
  latency: LatencySummary & { p50Ms: number; p95Ms: number };
  promiseMs: number;
}) {
  const { edgesMs, counts } = histogram;
  const ticks = countTicks(counts);
  const top = ticks.at(-1)!;
  const promiseX = latencyX(promiseMs, edgesMs);
  return (
    <figure
      role="img"
      aria-label={`Latency of the last ${formatCount(count)} files: half within ${formatDuration(p50Ms)}, 95 of 100 within ${formatDuration(p95Ms)}, all within ${formatDuration(maxMs ?? p95Ms)}; the promise is ${formatDuration(promiseMs)}`}
      className="h-40 w-full pt-8 pr-6 pb-6 pl-9"
    >
      <svg aria-hidden className="size-full overflow-visible text-2xs tabular-nums">
        {ticks.map((files) => (
          <g key={files}>
            <line
              x1="0"
              x2="100%"
              y1={percent(100 - (100 * files) / top)}
              y2={percent(100 - (100 * files) / top)}
              className="stroke-line"
            />
            <text
              x="-6"
              y={percent(100 - (100 * files) / top)}
              dy="0.35em"
              textAnchor="end"
              className="fill-ink-faint"
            >
              {formatCount(files)}
            </text>
          </g>
        ))}
        <Bars histogram={histogram} promiseMs={promiseMs} />
        <line x1="0" x2="100%" y1="100%" y2="100%" className="stroke-line-strong" />
        {TICKS.map(([tickMs, label]) => (
          <text
            key={label}
            x={percent(latencyX(tickMs, edgesMs))}
            y="100%"
            dy="1.4em"
            textAnchor="middle"
            className="fill-ink-faint"
          >
            {label}
          </text>
        ))}
        <Mark x={promiseX} row={2} anchor={promiseX < 15 ? 'start' : promiseX > 85 ? 'end' : 'middle'} dashed>
          {`promise ${formatDuration(promiseMs)}`}
        </Mark>
        <Mark x={latencyX(p50Ms, edgesMs)} row={1} anchor="end">
          p50
        </Mark>
        <Mark x={latencyX(p95Ms, edgesMs)} row={1} anchor="start">
          p95
        </Mark>
      </svg>
    </figure>
  );
}
