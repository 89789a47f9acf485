'use client';
import { useEffect, useRef, useState } from 'react';
import type { ScanGrid } from '#src/shared/model/acquisition-fields.ts';
import { cellsOf, regionOf, type ScanPlace, type ScanRegion } from './scan-places.ts';

/** Dark to light as the colour map viridis, by five of its colours. */
const COLOURS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

function colourOf(share: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (COLOURS.length - 1);
  const [from, to] = [COLOURS[Math.floor(at)]!, COLOURS[Math.ceil(at)]!];
  const part = at - Math.floor(at);
  return [0, 1, 2].map((c) => Math.round(from[c]! + (to[c]! - from[c]!) * part)) as [number, number, number];
}

/** The colours of all numbers from the lowest to the highest, for a legend. */
export const SCAN_COLOURS = `linear-gradient(to right, ${COLOURS.map((colour) => `rgb(${colour.join(' ')})`).join(', ')})`;

const MOST_HEIGHT_PX = 420;

/** Per-frame numbers where they were measured. A press opens the frame, a drag chooses a region; arrows and Enter do the same. */
export function ScanMap({
  grid,
  values,
  label,
  region,
  onRegion,
  onHover,
  onOpen,
}: {
  grid: ScanGrid;
  values: Float32Array;
  label: string;
  region: ScanRegion | null;
  onRegion: (region: ScanRegion | null) => void;
  onHover: (place: ScanPlace | null) => void;
  onOpen: (place: ScanPlace) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawnFrom = useRef<ScanPlace | null>(null);
  const [cursor, setCursor] = useState<ScanPlace>({ row: 0, column: 0 });
  const { rows, columns } = grid;

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const all = { from: { row: 0, column: 0 }, to: { row: rows - 1, column: columns - 1 } };
    const cells = cellsOf(grid, all, values);
    const told = cells.flatMap(({ value }) => (value === null ? [] : [value])).sort((a, b) => a - b);
    const low = told[0] ?? 0;
    const high = told.at(-1) ?? 1;
    const picture = context.createImageData(columns, rows);
    for (const { row, column, value } of cells) {
      // What was not measured stays transparent.
      if (value === null) continue;
      const at = (row * columns + column) * 4;
      picture.data.set([...colourOf(high > low ? (value - low) / (high - low) : 0.5), 255], at);
    }
    context.putImageData(picture, 0, 0);
  }, [grid, rows, columns, values]);

  const placeAt = (event: React.PointerEvent): ScanPlace => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (at: number, length: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((at / length) * count)));
    return {
      row: part(event.clientY - box.top, box.height, rows),
      column: part(event.clientX - box.left, box.width, columns),
    };
  };
  const aspect = ((grid.stepXUm ?? 1) * columns) / ((grid.stepYUm ?? 1) * rows);
  const mark = (place: ScanRegion) => ({
    left: `${(100 * place.from.column) / columns}%`,
    top: `${(100 * place.from.row) / rows}%`,
    width: `${(100 * (place.to.column - place.from.column + 1)) / columns}%`,
    height: `${(100 * (place.to.row - place.from.row + 1)) / rows}%`,
  });
  const keys: Record<string, ScanPlace> = {
    ArrowUp: { row: Math.max(0, cursor.row - 1), column: cursor.column },
    ArrowDown: { row: Math.min(rows - 1, cursor.row + 1), column: cursor.column },
    ArrowLeft: { row: cursor.row, column: Math.max(0, cursor.column - 1) },
    ArrowRight: { row: cursor.row, column: Math.min(columns - 1, cursor.column + 1) },
  };
  return (
    <div
      role="application"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys below need the focus
      tabIndex={0}
      className="relative mx-auto w-full touch-none cursor-crosshair select-none border bg-sunken"
      style={{ aspectRatio: String(aspect), maxWidth: `${MOST_HEIGHT_PX * aspect}px` }}
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (event.key === 'Enter') onOpen(cursor);
        else if (next) {
          event.preventDefault();
          setCursor(next);
          onHover(next);
          if (event.shiftKey) {
            drawnFrom.current ??= cursor;
            onRegion(regionOf(drawnFrom.current, next));
          } else drawnFrom.current = null;
        }
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drawnFrom.current = placeAt(event);
      }}
      onPointerMove={(event) => {
        const place = placeAt(event);
        onHover(place);
        const from = drawnFrom.current;
        if (from && event.buttons === 1 && (from.row !== place.row || from.column !== place.column)) {
          onRegion(regionOf(from, place));
        }
      }}
      onPointerUp={(event) => {
        const [from, place] = [drawnFrom.current, placeAt(event)];
        drawnFrom.current = null;
        if (!from || from.row !== place.row || from.column !== place.column) return;
        setCursor(place);
        onOpen(place);
      }}
      onPointerLeave={() => onHover(null)}
    >
      <canvas
        ref={canvas}
        width={columns}
        height={rows}
        aria-hidden
        className="absolute inset-0 size-full [image-rendering:pixelated]"
      />
      {region && (
        <span
          aria-hidden
          className="absolute border-2 border-white mix-blend-difference"
          style={mark(region)}
        />
      )}
      <span
        aria-hidden
        className="absolute border border-white mix-blend-difference"
        style={mark({ from: cursor, to: cursor })}
      />
    </div>
  );
}
