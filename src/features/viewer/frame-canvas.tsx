'use client';

import { useEffect, useReducer, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { onThemeChange } from '#src/components/theme.ts';
import { colourTable } from './colour-maps.ts';
import { autoContrast } from './contrast.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { FrameRenderer } from './frame-renderer.ts';
import { fitView, imagePoint, type ViewTransform, zoomAt } from './view-transform.ts';
import type { ViewerStore } from './viewer-store.ts';

export interface PixelUnderCursor {
  fast: number;
  slow: number;
  /** Fractional image coordinates, for the geometry. */
  fastPx: number;
  slowPx: number;
}

interface FrameCanvasProps {
  store: ViewerStore;
  frame: LoadedFrame | null;
  mask: Uint8Array<ArrayBuffer> | null;
  /** The range used while none is set by hand. */
  autoRange: { low: number; high: number } | null;
  onPointer(pixel: PixelUnderCursor | null): void;
  label: string;
}

/** The mask takes the colour of the canvas's `color`, so that it follows the theme. 0–1 each. */
function maskColourOf(canvas: HTMLCanvasElement): [number, number, number] {
  const [red = 128, green = 128, blue = 128] = (getComputedStyle(canvas).color.match(/[\d.]+/g) ?? []).map(
    Number,
  );
  return [red / 255, green / 255, blue / 255];
}

/** The picture: draws with WebGL2; wheel zooms to the cursor, dragging moves, double click fits. */
export function FrameCanvas({ store, frame, mask, autoRange, onPointer, label }: FrameCanvasProps) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const rendererRef = useRef<FrameRenderer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const state = useStore(store);
  const [themeChanges, countThemeChange] = useReducer((n: number) => n + 1, 0);
  useEffect(() => onThemeChange(countThemeChange), []);

  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas) return;
    try {
      rendererRef.current = new FrameRenderer(canvas);
    } catch (fault) {
      setProblem(fault instanceof Error ? fault.message : String(fault));
    }
    const observer = new ResizeObserver(() => {
      const density = window.devicePixelRatio || 1;
      setSize({
        width: Math.round(canvas.clientWidth * density),
        height: Math.round(canvas.clientHeight * density),
      });
    });
    observer.observe(canvas);
    return () => {
      observer.disconnect();
      rendererRef.current?.close();
      rendererRef.current = null;
    };
  }, []);

  useEffect(() => {
    if (frame) rendererRef.current?.setFrame(frame.pixels, frame.dtype, frame.shape);
  }, [frame]);
  useEffect(() => rendererRef.current?.setMask(mask), [mask]);

  useEffect(() => {
    const canvas = canvasRef.current;
    const renderer = rendererRef.current;
    if (!canvas || !renderer || size.width === 0) return;
    canvas.width = size.width;
    canvas.height = size.height;
    // A frame that is not there must not leave the picture of another on the screen.
    if (!frame) {
      renderer.clear();
      return;
    }
    const range = state.range ?? autoRange ?? autoContrast(frame.statistics);
    renderer.draw(state.view ?? fitView(frame.shape, size.width, size.height), {
      ...range,
      transfer: state.transfer,
      colours: colourTable(state.colourMap, state.inverted),
      showMask: state.showMask,
      maskColour: maskColourOf(canvas),
    });
    // The mask and the theme change what is drawn though neither is named above.
    void mask;
    void themeChanges;
  }, [frame, mask, size, state, autoRange, themeChanges]);

  const currentView = (): ViewTransform | null =>
    frame ? (store.getState().view ?? fitView(frame.shape, size.width, size.height)) : null;
  const devicePoint = (event: { clientX: number; clientY: number }) => {
    const box = canvasRef.current?.getBoundingClientRect();
    const density = window.devicePixelRatio || 1;
    return {
      x: (event.clientX - (box?.left ?? 0)) * density,
      y: (event.clientY - (box?.top ?? 0)) * density,
    };
  };

  // React listens to wheel passively; zooming must keep the page from scrolling.
  const zoomByWheel = useRef<(event: WheelEvent) => void>(() => undefined);
  zoomByWheel.current = (event) => {
    const view = currentView();
    if (!view || !frame) return;
    event.preventDefault();
    const at = devicePoint(event);
    const smallest = fitView(frame.shape, size.width, size.height).scale * 0.5;
    store.setState({ view: zoomAt(view, Math.exp(-event.deltaY * 0.0016), at.x, at.y, smallest) });
  };
  useEffect(() => {
    const canvas = canvasRef.current;
    const onWheel = (event: WheelEvent) => zoomByWheel.current(event);
    canvas?.addEventListener('wheel', onWheel, { passive: false });
    return () => canvas?.removeEventListener('wheel', onWheel);
  }, []);

  const drag = useRef<{ x: number; y: number; view: ViewTransform } | null>(null);
  if (problem) return <p className="grid h-full place-items-center p-6 text-center text-sm">{problem}</p>;
  return (
    <canvas
      ref={canvasRef}
      role="img"
      aria-label={label}
      className="block h-full w-full cursor-crosshair touch-none text-line-strong"
      onDoubleClick={() => store.setState({ view: null })}
      onPointerDown={(event) => {
        const view = currentView();
        if (!view) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { ...devicePoint(event), view };
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerLeave={() => onPointer(null)}
      onPointerMove={(event) => {
        const at = devicePoint(event);
        const from = drag.current;
        if (from) {
          const moved = Math.hypot(at.x - from.x, at.y - from.y) > 2;
          if (moved)
            store.setState({
              view: { ...from.view, x: from.view.x + at.x - from.x, y: from.view.y + at.y - from.y },
            });
          return;
        }
        const view = currentView();
        if (!view || !frame) return;
        const point = imagePoint(view, at.x, at.y);
        const [rows, columns] = frame.shape;
        const inside = point.fast >= 0 && point.slow >= 0 && point.fast < columns && point.slow < rows;
        onPointer(
          inside
            ? {
                fast: Math.floor(point.fast),
                slow: Math.floor(point.slow),
                fastPx: point.fast,
                slowPx: point.slow,
              }
            : null,
        );
      }}
    />
  );
}
