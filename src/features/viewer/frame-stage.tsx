'use client';

import { type RefObject, useCallback, useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { type DetectorPlane, directBeam } from './detector-plane.ts';
import { FrameCanvas } from './frame-canvas.tsx';
import { FrameOverlay } from './frame-overlay.tsx';
import { Magnifier } from './magnifier.tsx';
import type { MeasuredFrame } from './measured-frame.ts';
import { overlayColours } from './overlay-colours.ts';
import { overlayRings } from './overlay-rings.ts';
import { PixelCounts } from './pixel-counts.tsx';
import { hasPixelGrid } from './pixel-grid.ts';
import type { PointerStore } from './pointer-store.ts';
import { SpotLayer } from './spot-layer.tsx';
import type { DisplayedFrame } from './use-displayed-frame.ts';
import type { ShownSpots } from './use-frame-spots.ts';
import { useStagePointer } from './use-stage-pointer.ts';
import { fitView, transformOf } from './view-transform.ts';
import type { ViewerStore } from './viewer-store.ts';

interface FrameStageProps {
  store: ViewerStore;
  canvasRef: RefObject<HTMLCanvasElement | null>;
  displayed: DisplayedFrame;
  measured: MeasuredFrame | null;
  autoRange: { low: number; high: number } | null;
  range: { low: number; high: number };
  plane: DetectorPlane | null;
  /** [rows, columns] of the detector. */
  shape: readonly [number, number];
  pointer: PointerStore;
  spots: ShownSpots;
  label: string;
}

const CURSORS = {
  move: 'cursor-crosshair',
  zoom: 'cursor-zoom-in',
  line: 'cursor-cell',
  rectangle: 'cursor-cell',
  circle: 'cursor-cell',
  beam: 'cursor-cell',
} as const;

/** Image and all that lies over it, with what mouse and fingers do there. */
export function FrameStage(props: FrameStageProps) {
  const { store, canvasRef, displayed, measured, autoRange, range, plane, shape, pointer, spots, label } =
    props;
  const state = useStore(store);
  const stage = useRef<HTMLDivElement>(null);
  const { frame, mask } = displayed;
  const { canvas } = state;

  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const density = window.devicePixelRatio || 1;
      store.setState({
        canvas: {
          width: Math.round(element.clientWidth * density),
          height: Math.round(element.clientHeight * density),
          density,
        },
      });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [store]);

  const fitted = useMemo(
    () => (canvas && canvas.width > 0 ? fitView(shape, canvas.width, canvas.height) : null),
    [canvas, shape],
  );
  const view = useMemo(
    () => (canvas && state.view ? transformOf(state.view, canvas) : fitted),
    [canvas, state.view, fitted],
  );
  const shown = frame ? view : null;
  const { box, handlers } = useStagePointer({
    store,
    stage,
    shape: frame ? shape : null,
    view: shown,
    smallest: (fitted?.scale ?? 1) * 0.5,
    pointer,
  });

  const rings = useMemo(
    () => overlayRings(plane, shape, { rings: state.rings, ringsA: state.ringsA, iceRings: state.iceRings }),
    [plane, shape, state.rings, state.ringsA, state.iceRings],
  );
  const colours = useMemo(
    () => overlayColours({ colourMap: state.colourMap, inverted: state.inverted }),
    [state.colourMap, state.inverted],
  );
  const beam = useMemo(
    () => (plane && (state.beamCross || state.tool === 'beam') ? directBeam(plane) : null),
    [plane, state.beamCross, state.tool],
  );
  const isNone = useCallback(
    (at: number) => {
      if (!measured) return true;
      const raw = measured.pixels[at]!;
      return (
        raw === measured.invalid ||
        Number.isNaN(raw) ||
        (state.showMask && measured.mask?.[at] !== undefined && measured.mask[at] !== 0)
      );
    },
    [measured, state.showMask],
  );
  const { transfer, colourMap, inverted } = state;
  const gridStyle = useMemo(
    () => ({ range, transfer, colourMap, inverted }),
    [range, transfer, colourMap, inverted],
  );

  return (
    <div
      ref={stage}
      className={`absolute inset-0 touch-none select-none overflow-hidden ${CURSORS[state.tool]}`}
      data-testid="frame-stage"
      {...handlers}
    >
      <FrameCanvas
        store={store}
        canvasRef={canvasRef}
        frame={frame}
        mask={mask?.reduced ?? null}
        autoRange={autoRange}
        view={shown}
        label={label}
      />
      {frame && shown && canvas && (
        <>
          {hasPixelGrid(shown, canvas.density) && (
            <PixelCounts frame={frame} isNone={isNone} view={shown} canvas={canvas} style={gridStyle} />
          )}
          <FrameOverlay
            rings={rings}
            beam={beam}
            mark={state.shape}
            box={box}
            shape={shape}
            view={shown}
            canvas={canvas}
            colours={colours}
          />
          {state.spots && (
            <SpotLayer
              store={store}
              shown={spots}
              plane={plane}
              view={shown}
              canvas={canvas}
              pointer={pointer}
            />
          )}
          {state.magnifier && (
            <Magnifier
              frame={frame}
              isNone={isNone}
              pointer={pointer}
              density={canvas.density}
              style={gridStyle}
            />
          )}
        </>
      )}
    </div>
  );
}
