'use client';
import { useMemo } from 'react';
import { Plot } from '#src/components/plot.tsx';
import { linePoints } from './line-points.ts';
import type { Slice } from './reading/read-slice.ts';
import type { AxisChoice } from './slice-expression.ts';

type NumberSlice = Extract<Slice, { kind: 'numbers' }>;

/** One axis as a curve, along an axis of the file where it names one. */
export function CurveView({
  slice,
  axis,
  along,
  alongLabel,
  label,
  isLog,
}: {
  slice: NumberSlice;
  axis: AxisChoice | undefined;
  /** Places along the axis, as many as the slice has. */
  along: NumberSlice | null;
  alongLabel: string | null;
  label: string;
  isLog: boolean;
}) {
  const points = useMemo(() => {
    const { values } = slice;
    const place = (n: number) => {
      if (along) return Number(along.values[n]);
      return axis ? axis.start + n * axis.step : n;
    };
    return linePoints(values, place);
  }, [slice, along, axis]);
  const traces = useMemo(
    () => [
      {
        ...{ type: 'scatter', x: points.x, y: points.y, line: { width: 1.25 }, name: label },
        mode: points.x.length < 60 ? 'lines+markers' : 'lines',
      },
    ],
    [points, label],
  );
  const layout = useMemo(
    () => ({
      xaxis: { title: { text: along ? alongLabel : 'index' } },
      yaxis: { type: isLog ? 'log' : 'linear', exponentformat: 'power', minexponent: 5 },
      showlegend: false,
    }),
    [along, alongLabel, isLog],
  );
  return (
    <div className="grid gap-1">
      <Plot traces={traces} layout={layout} label={`Curve of ${label}`} className="h-72" />
      {points.stretch > 1 && (
        <p className="text-ink-faint text-xs">
          Drawn by the smallest and largest of every {points.stretch} values; the export has all of them.
        </p>
      )}
    </div>
  );
}
