'use client';

import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { colourTable } from './colour-maps.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { shadeOf } from './frame-shade.ts';
import { type GridStyle, paintPixelGrid } from './pixel-grid.ts';
import type { PointerStore } from './pointer-store.ts';

/** Pixels across, and CSS pixels of each. */
const ACROSS = 9;
const CELL = 28;
const SIDE = ACROSS * CELL;

/** The pixels around the cursor with their counts, however far the image is zoomed out. */
export function Magnifier({
  frame,
  isNone,
  pointer,
  density,
  style,
}: {
  frame: LoadedFrame;
  isNone(at: number): boolean;
  pointer: PointerStore;
  density: number;
  style: GridStyle;
}) {
  const pixel = useStore(pointer, (state) => state.pixel);
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = ref.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    element.width = SIDE * density;
    element.height = SIDE * density;
    if (!pixel) return;
    const [rows, columns] = frame.shape;
    const scale = CELL * density;
    const first = { fast: pixel.fast - (ACROSS >> 1), slow: pixel.slow - (ACROSS >> 1) };
    const colours = colourTable(style.colourMap, style.inverted);
    for (let row = 0; row < ACROSS; row++)
      for (let column = 0; column < ACROSS; column++) {
        const fast = first.fast + column;
        const slow = first.slow + row;
        if (fast < 0 || slow < 0 || fast >= columns || slow >= rows) continue;
        const at = slow * columns + fast;
        const shade = Math.round(shadeOf(Number(frame.pixels[at]), style.range, style.transfer) * 255) * 4;
        context.fillStyle = isNone(at)
          ? 'rgb(128,128,128)'
          : `rgb(${colours[shade]},${colours[shade + 1]},${colours[shade + 2]})`;
        context.fillRect(column * scale, row * scale, scale + 1, scale + 1);
      }
    const view = { scale, x: -first.fast * scale, y: -first.slow * scale };
    paintPixelGrid(context, frame, isNone, view, density, style);
    const middle = (ACROSS >> 1) * scale;
    context.strokeStyle = '#f2b441';
    context.lineWidth = 2 * density;
    context.strokeRect(middle, middle, scale, scale);
  });
  return (
    <canvas
      ref={ref}
      role="img"
      aria-label="Magnifier: the pixels around the pointer"
      style={{ width: SIDE, height: SIDE }}
      className="pointer-events-none absolute top-3 left-3 rounded-md border border-line-strong bg-sunken shadow-lg"
    />
  );
}
