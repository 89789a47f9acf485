'use client';
import { type Ref, useEffect, useMemo, useRef, useState } from 'react';
import { colourTable } from '#src/features/viewer/index.ts';
import { contrastRange, paintShades, shadesOf } from './image-shades.ts';
import { numberText } from './number-text.ts';
import type { Slice } from './reading/read-slice.ts';
import type { AxisChoice } from './slice-expression.ts';
import type { LooksOfValues } from './use-place.ts';

type NumberSlice = Extract<Slice, { kind: 'numbers' }>;

/** Where the nth element of a remaining axis stands in the dataset. */
const original = (axis: AxisChoice | undefined, n: number) => (axis ? axis.start + n * axis.step : n);

/** Two axes as a picture, the first downwards, with the value under the pointer. */
export function PictureView({
  slice,
  axes,
  looks,
  label,
  canvasRef,
}: {
  slice: NumberSlice;
  /** The axes that are left, as they were chosen. */
  axes: readonly AxisChoice[];
  looks: LooksOfValues;
  label: string;
  canvasRef?: Ref<HTMLCanvasElement>;
}) {
  const { values, dtype, shape, names } = slice;
  const [rows, columns] = shape as [number, number];
  const own = useRef<HTMLCanvasElement>(null);
  const [under, setUnder] = useState<{ row: number; column: number } | null>(null);
  const shades = useMemo(() => shadesOf(values, dtype, [rows, columns]), [values, dtype, rows, columns]);
  const range = useMemo(() => contrastRange(shades, looks.contrast), [shades, looks.contrast]);
  useEffect(() => {
    const canvas = own.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const [height, width] = shades.shape;
    canvas.width = width;
    canvas.height = height;
    const colours = paintShades(shades, range, colourTable(looks.map, false), looks.log);
    context.putImageData(new ImageData(colours, width, height), 0, 0);
  }, [shades, range, looks.map, looks.log]);
  const value = under ? values[under.row * columns + under.column] : undefined;
  const shown = value === undefined ? null : (names?.[String(value)] ?? numberText(value, dtype));
  const where = under && `${original(axes[0], under.row)}, ${original(axes[1], under.column)}`;
  return (
    <div className="grid gap-1.5">
      <canvas
        ref={(element) => {
          own.current = element;
          if (typeof canvasRef === 'function') canvasRef(element);
          else if (canvasRef) canvasRef.current = element;
        }}
        role="img"
        aria-label={label}
        className="max-h-[65vh] w-full cursor-crosshair rounded-md border bg-sunken object-contain [image-rendering:pixelated]"
        style={{ aspectRatio: `${columns} / ${rows}`, maxWidth: `calc(65vh * ${columns / rows})` }}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
          const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
          const isInside = row >= 0 && row < rows && column >= 0 && column < columns;
          setUnder(isInside ? { row, column } : null);
        }}
        onPointerLeave={() => setUnder(null)}
      />
      <p className="flex flex-wrap gap-x-4 font-mono text-ink-soft text-xs">
        <output>{where ? `[${where}] = ${shown}` : `${rows} × ${columns}`}</output>
        <span>
          colours from {Number(range.low.toPrecision(6))} to {Number(range.high.toPrecision(6))}
        </span>
        {shades.factor > 1 && (
          <span>
            drawn by the largest of {shades.factor} × {shades.factor} values
          </span>
        )}
      </p>
    </div>
  );
}
