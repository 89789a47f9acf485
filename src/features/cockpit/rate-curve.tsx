import { cn } from '#src/components/class-names.ts';
import { formatRate } from '#src/components/format.ts';
import { curvePieces, niceCeiling, type RateSample } from './rate-history.ts';

/** So that an idle line is not drawn as a mountain. */
const LEAST_TOP = 1_000_000;

const percent = (share: number) => `${share}%`;

function Curve({
  history,
  value,
  nowMs,
  top,
  className,
}: {
  history: readonly RateSample[];
  value: (sample: RateSample) => number;
  nowMs: number;
  top: number;
  className: string;
}) {
  return (
    <svg aria-hidden viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full">
      {curvePieces(history, value, nowMs, top).map((piece) => (
        <polyline
          key={piece[0]!.x}
          points={piece.map(({ x, y }) => `${x},${y}`).join(' ')}
          fill="none"
          vectorEffect="non-scaling-stroke"
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeWidth={1.5}
          className={className}
        />
      ))}
    </svg>
  );
}

/**
 * What came in and what went up in the last five minutes, as far as this page has watched. A small drawing rather than a plot: it is
 * redrawn every second.
 */
export function RateCurve({
  history,
  nowMs,
  className,
}: {
  history: readonly RateSample[];
  nowMs: number;
  className?: string;
}) {
  const most = Math.max(0, ...history.flatMap((s) => [s.receivedBytesPerS, s.uploadedBytesPerS]));
  const top = niceCeiling(Math.max(most, LEAST_TOP));
  const last = history.at(-1);
  return (
    <figure
      role="img"
      aria-label={
        last
          ? `Throughput of the last five minutes: now ${formatRate(last.receivedBytesPerS)} in and ${formatRate(last.uploadedBytesPerS)} up, at most ${formatRate(most)}`
          : 'Throughput: nothing heard yet'
      }
      className={cn('grid gap-0.5 text-2xs text-ink-faint', className)}
    >
      <div className="flex justify-between">
        <span>{formatRate(top)}</span>
        <span className="flex gap-3">
          <span className="flex items-center gap-1">
            <span aria-hidden className="h-0.5 w-3 bg-ink-faint" /> in
          </span>
          <span className="flex items-center gap-1">
            <span aria-hidden className="h-0.5 w-3 bg-accent" /> up
          </span>
        </span>
      </div>
      <div className="relative h-16 overflow-hidden border-line border-t border-b">
        <div
          aria-hidden
          className="absolute inset-x-0 border-line border-t border-dashed"
          style={{ top: percent(50) }}
        />
        <Curve
          history={history}
          value={(s) => s.receivedBytesPerS}
          nowMs={nowMs}
          top={top}
          className="stroke-ink-faint"
        />
        <Curve
          history={history}
          value={(s) => s.uploadedBytesPerS}
          nowMs={nowMs}
          top={top}
          className="stroke-accent"
        />
      </div>
      <div className="flex justify-between">
        <span>5 min ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}
