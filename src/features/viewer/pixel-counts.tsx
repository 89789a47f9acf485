'use client';

import { useEffect, useRef } from 'react';
import type { LoadedFrame } from './frame-loader.ts';
import { type GridStyle, paintPixelGrid } from './pixel-grid.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';

/** Pixel grid and printed counts at high zoom. */
export function PixelCounts({
  frame,
  isNone,
  view,
  canvas,
  style,
}: {
  frame: LoadedFrame;
  isNone(at: number): boolean;
  view: ViewTransform;
  canvas: CanvasSize;
  style: GridStyle;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = ref.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    // Setting the width clears it too.
    element.width = canvas.width;
    element.height = canvas.height;
    paintPixelGrid(context, frame, isNone, view, canvas.density, style);
  }, [frame, isNone, view, canvas, style]);
  return <canvas ref={ref} aria-hidden className="pointer-events-none absolute inset-0 h-full w-full" />;
}
