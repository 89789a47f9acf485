'use client';

import { type PointerEvent as ReactPointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { PointerStore } from './pointer-store.ts';
import type { MarkedShape } from './region-statistics.ts';
import { boxView, centreOf, imagePoint, type ViewTransform, zoomAt } from './view-transform.ts';
import type { ViewerStore } from './viewer-store.ts';

interface At {
  x: number;
  y: number;
}
type Gesture =
  | { kind: 'move'; start: At; view: ViewTransform }
  | { kind: 'pinch'; apart: number; middle: At; view: ViewTransform }
  | { kind: 'box' | 'mark'; from: readonly [number, number]; start: At };

interface StagePointer {
  store: ViewerStore;
  stage: RefObject<HTMLDivElement | null>;
  /** [rows, columns] of the picture; null without one. */
  shape: readonly [number, number] | null;
  view: ViewTransform | null;
  /** The smallest scale that can be zoomed out to. */
  smallest: number;
  pointer: PointerStore;
}

/** Less movement than this, in device pixels, is a click. */
const CLICK_PX = 3;

/**
 * What mouse, pen and fingers do on the image: wheel and pinch zoom about their point, dragging moves it or draws what the
 * tool says, dragging with Shift zooms into a box, a double click fits.
 */
export function useStagePointer({ store, stage, shape, view, smallest, pointer }: StagePointer) {
  const pointers = useRef(new Map<number, At>());
  const gesture = useRef<Gesture | null>(null);
  const [box, setBox] = useState<Pick<MarkedShape, 'from' | 'to'> | null>(null);

  const pointOf = (event: { clientX: number; clientY: number }): At => {
    const frame = stage.current?.getBoundingClientRect();
    const density = store.getState().canvas?.density ?? 1;
    return {
      x: (event.clientX - (frame?.left ?? 0)) * density,
      y: (event.clientY - (frame?.top ?? 0)) * density,
    };
  };
  const setView = (next: ViewTransform) => {
    const { canvas } = store.getState();
    if (canvas) store.setState({ view: centreOf(next, canvas) });
  };

  // React listens to wheel passively; zooming must keep the page from scrolling.
  const onWheel = useRef<(event: WheelEvent) => void>(() => undefined);
  onWheel.current = (event) => {
    if (!view) return;
    event.preventDefault();
    const at = pointOf(event);
    setView(zoomAt(view, Math.exp(-event.deltaY * 0.0016), at.x, at.y, smallest));
  };
  useEffect(() => {
    const element = stage.current;
    const listen = (event: WheelEvent) => onWheel.current(event);
    element?.addEventListener('wheel', listen, { passive: false });
    return () => element?.removeEventListener('wheel', listen);
  }, [stage]);

  const pinchStart = (now: ViewTransform): Gesture | null => {
    const [a, b] = [...pointers.current.values()];
    if (!a || !b) return null;
    return {
      kind: 'pinch',
      apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
      middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      view: now,
    };
  };

  const tell = (at: At) => {
    if (!view || !shape) return;
    const { fast, slow } = imagePoint(view, at.x, at.y);
    const isInside = fast >= 0 && slow >= 0 && fast < shape[1] && slow < shape[0];
    pointer.setState({
      pixel: isInside ? { fast: Math.floor(fast), slow: Math.floor(slow), fastPx: fast, slowPx: slow } : null,
    });
  };

  const drag = (at: At) => {
    const now = gesture.current;
    if (!now || !view) return;
    if (now.kind === 'move') {
      if (Math.hypot(at.x - now.start.x, at.y - now.start.y) > CLICK_PX - 1)
        setView({ ...now.view, x: now.view.x + at.x - now.start.x, y: now.view.y + at.y - now.start.y });
      return;
    }
    if (now.kind === 'pinch') {
      const next = pinchStart(now.view);
      if (next?.kind !== 'pinch') return;
      const { x, y } = now.middle;
      const zoomed = zoomAt(now.view, next.apart / now.apart, x, y, smallest);
      setView({ ...zoomed, x: zoomed.x + next.middle.x - x, y: zoomed.y + next.middle.y - y });
      return;
    }
    const { fast, slow } = imagePoint(view, at.x, at.y);
    const to = [fast, slow] as const;
    if (now.kind === 'box') setBox({ from: now.from, to });
    else {
      const { tool } = store.getState();
      if (tool === 'line' || tool === 'rectangle' || tool === 'circle')
        store.setState({ shape: { kind: tool, from: now.from, to } });
    }
  };

  return {
    /** The box being drawn to zoom into. */
    box,
    handlers: {
      onDoubleClick: () => {
        if (store.getState().tool === 'move') store.setState({ view: null });
      },
      onPointerDown: (event: ReactPointerEvent<HTMLDivElement>) => {
        if (!view || event.button > 1) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const start = pointOf(event);
        pointers.current.set(event.pointerId, start);
        if (pointers.current.size === 2) {
          gesture.current = pinchStart(view);
          setBox(null);
          return;
        }
        const { tool, geometry } = store.getState();
        const { fast, slow } = imagePoint(view, start.x, start.y);
        if (tool === 'beam') {
          const round = (value: number) => Math.round(value * 100) / 100;
          store.setState({
            geometry: { ...geometry, beamXPx: round(fast), beamYPx: round(slow) },
            tool: 'move',
          });
        } else if (tool === 'zoom' || event.shiftKey)
          gesture.current = { kind: 'box', from: [fast, slow], start };
        else if (tool === 'move') gesture.current = { kind: 'move', start, view };
        else gesture.current = { kind: 'mark', from: [fast, slow], start };
        // A finger does not hover: what it touches is read out.
        if (event.pointerType !== 'mouse') tell(start);
      },
      onPointerMove: (event: ReactPointerEvent<HTMLDivElement>) => {
        const at = pointOf(event);
        if (pointers.current.has(event.pointerId)) pointers.current.set(event.pointerId, at);
        if (gesture.current) drag(at);
        if (gesture.current?.kind !== 'move') tell(at);
      },
      onPointerUp: (event: ReactPointerEvent<HTMLDivElement>) => {
        const at = pointOf(event);
        const done = gesture.current;
        pointers.current.delete(event.pointerId);
        gesture.current = null;
        const { canvas } = store.getState();
        if (done?.kind === 'box' && view && canvas) {
          const { fast, slow } = imagePoint(view, at.x, at.y);
          const next = boxView(done.from, [fast, slow], canvas);
          if (next) store.setState({ view: next, tool: 'move' });
        }
        if (done?.kind === 'mark' && Math.hypot(at.x - done.start.x, at.y - done.start.y) < CLICK_PX)
          store.setState({ shape: null });
        setBox(null);
      },
      onPointerCancel: (event: ReactPointerEvent<HTMLDivElement>) => {
        pointers.current.delete(event.pointerId);
        gesture.current = null;
        setBox(null);
      },
      onPointerLeave: (event: ReactPointerEvent<HTMLDivElement>) => {
        if (event.pointerType === 'mouse') pointer.setState({ pixel: null });
      },
    },
  };
}
