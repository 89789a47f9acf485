'use client';

import { type RefObject, useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { onThemeChange } from '#src/components/theme.ts';
import { colourTable } from './colour-maps.ts';
import { autoContrast } from './contrast.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { FrameRenderer } from './frame-renderer.ts';
import { MASK_RGB } from './overlay-colours.ts';
import type { ViewTransform } from './view-transform.ts';
import type { ViewerStore } from './viewer-store.ts';

interface FrameCanvasProps {
  store: ViewerStore;
  canvasRef: RefObject<HTMLCanvasElement | null>;
  frame: LoadedFrame | null;
  mask: Uint8Array<ArrayBuffer> | null;
  /** The range used while none is set by hand. */
  autoRange: { low: number; high: number } | null;
  view: ViewTransform | null;
  label: string;
}

/** Changes of these draw the picture anew, and nothing else of it. */
const DRAWN_WITH = ['range', 'transfer', 'colourMap', 'inverted', 'showMask', 'maskColour'] as const;

/** The mask takes the colour of the canvas's `color`, so that it follows the theme. 0–1 each. */
function themeColourOf(canvas: HTMLCanvasElement): [number, number, number] {
  const [red = 128, green = 128, blue = 128] = (getComputedStyle(canvas).color.match(/[\d.]+/g) ?? []).map(
    Number,
  );
  return [red / 255, green / 255, blue / 255];
}

/** The picture, drawn with WebGL2: contrast and colours change without reading or decoding anything again. */
export function FrameCanvas({ store, canvasRef, frame, mask, autoRange, view, label }: FrameCanvasProps) {
  const rendererRef = useRef<FrameRenderer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const size = useStore(store, (state) => state.canvas);
  const [themeChanges, countThemeChange] = useReducer((n: number) => n + 1, 0);
  useEffect(() => onThemeChange(countThemeChange), []);

  // Before the browser paints: what lies over the picture and the picture belong together.
  useLayoutEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas) return;
    try {
      rendererRef.current = new FrameRenderer(canvas);
    } catch (fault) {
      setProblem(fault instanceof Error ? fault.message : String(fault));
    }
    return () => {
      rendererRef.current?.close();
      rendererRef.current = null;
    };
  }, [canvasRef]);

  useLayoutEffect(() => {
    if (frame) rendererRef.current?.setFrame(frame);
  }, [frame]);
  useLayoutEffect(() => rendererRef.current?.setMask(mask), [mask]);

  // What is drawn with is read when it is drawn: the graphics card begins while React still renders what else has changed.
  const paint = useCallback(() => {
    const canvas = canvasRef.current;
    const renderer = rendererRef.current;
    const { canvas: drawn, range, transfer, colourMap, inverted, showMask, maskColour } = store.getState();
    if (!canvas || !renderer || !drawn || drawn.width === 0) return;
    if (canvas.width !== drawn.width) canvas.width = drawn.width;
    if (canvas.height !== drawn.height) canvas.height = drawn.height;
    // A frame that is not there must not leave the picture of another on the screen.
    if (!frame || !view) {
      renderer.clear();
      return;
    }
    renderer.draw(view, {
      ...(range ?? autoRange ?? autoContrast(frame.statistics)),
      transfer,
      colours: colourTable(colourMap, inverted),
      showMask,
      maskColour: MASK_RGB[maskColour] ?? themeColourOf(canvas),
    });
    canvas.setAttribute('data-tiles', String(renderer.tileCount));
  }, [canvasRef, store, frame, view, autoRange]);

  useLayoutEffect(() => {
    paint();
    // The size, the mask and the theme change what is drawn though they are not named above.
    void size;
    void mask;
    void themeChanges;
  }, [paint, size, mask, themeChanges]);
  useLayoutEffect(
    () =>
      store.subscribe((now, before) => {
        if (DRAWN_WITH.some((name) => now[name] !== before[name])) paint();
      }),
    [store, paint],
  );

  if (problem) return <p className="grid h-full place-items-center p-6 text-center text-sm">{problem}</p>;
  return (
    <canvas
      ref={canvasRef}
      role="img"
      aria-label={label}
      className="absolute inset-0 block h-full w-full text-line-strong"
    />
  );
}
