'use client';

import { useMemo, useState } from 'react';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { type Curve, curveCsv, drawnCurve, nearestIndex } from './curve-points.ts';

const figure = (value: number) => String(Number(value.toPrecision(4)));

/** A curve with what is under the pointer; its numbers can be copied as CSV. */
export function CurvePlot({
  label,
  xName,
  yName,
  curve,
  tell,
}: {
  label: string;
  xName: string;
  yName: string;
  curve: Curve;
  /** What a place of the x axis is, in words. */
  tell(x: number): string;
}) {
  const drawn = useMemo(() => drawnCurve(curve), [curve]);
  const csv = useMemo(() => curveCsv(xName, yName, curve), [xName, yName, curve]);
  const [share, setShare] = useState<number | null>(null);
  if (!drawn) return <p className="text-ink-faint text-xs">No pixel of it was measured.</p>;
  const index = share === null ? null : nearestIndex(curve.x, share);
  return (
    <figure className="grid gap-1">
      <svg
        role="img"
        aria-label={label}
        viewBox="0 -2 100 104"
        preserveAspectRatio="none"
        className="h-32 w-full cursor-crosshair rounded-sm bg-sunken"
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setShare(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
        }}
        onPointerLeave={() => setShare(null)}
      >
        <path
          d={drawn.path}
          fill="none"
          vectorEffect="non-scaling-stroke"
          strokeWidth={1.5}
          strokeLinecap="round"
          className="stroke-accent"
        />
        {share !== null && (
          <line
            x1={share * 100}
            x2={share * 100}
            y1="0"
            y2="100"
            vectorEffect="non-scaling-stroke"
            className="stroke-ink-faint"
          />
        )}
      </svg>
      <figcaption className="flex items-center justify-between gap-x-3 font-mono text-2xs text-ink-faint tabular-nums">
        <span>
          {index === null
            ? `${tell(drawn.from.x)} … ${tell(drawn.to.x)} · ${figure(drawn.from.y)} … ${figure(drawn.to.y)}`
            : `${tell(curve.x[index]!)} · ${Number.isNaN(curve.y[index]!) ? 'not measured' : figure(curve.y[index]!)}`}
        </span>
        <CopyButton text={csv} what={`${label.toLowerCase()} as CSV`} />
      </figcaption>
    </figure>
  );
}
