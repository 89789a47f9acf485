'use client';

import { useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { SPOT_KINDS, type SpotKind } from '#src/shared/codecs/spots-file.ts';
import { type DetectorPlane, resolutionAt } from './detector-plane.ts';
import { spotInk } from './overlay-colours.ts';
import {
  countSpots,
  type DrawnSpot,
  drawnSpots,
  hklText,
  paintSpots,
  type SpotInk,
  spotAt,
} from './overlay-spots.ts';
import type { PointerStore } from './pointer-store.ts';
import type { ShownSpots } from './use-frame-spots.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';
import type { ViewerStore } from './viewer-store.ts';

export const SPOT_WORDS: Readonly<Record<SpotKind, string>> = {
  found: 'found',
  indexed: 'indexed',
  predicted: 'predicted',
  ice: 'in ice rings',
};

const SHAPES: Readonly<Record<SpotKind, string>> = {
  found: 'M11 6A5 5 0 1 1 1 6A5 5 0 1 1 11 6',
  indexed: 'M1.5 1.5H10.5V10.5H1.5Z',
  predicted: 'M1.5 1.5L4.5 4.5M7.5 7.5L10.5 10.5M1.5 10.5L4.5 7.5M7.5 4.5L10.5 1.5',
  ice: 'M6 0.5L11.5 6L6 11.5L0.5 6Z',
};

/** The mark of a kind, as it is drawn over the frame. */
export const SpotMark = ({ kind, ink }: { kind: SpotKind; ink: SpotInk }) => (
  <svg
    aria-hidden
    viewBox="-2 -2 16 16"
    className="size-4 shrink-0 rounded-sm"
    style={{ background: ink.ground }}
    fill="none"
  >
    <path d={SHAPES[kind]} stroke={ink.kinds[kind]} strokeWidth={1.75} />
  </svg>
);

/** Counts as people write them; small ones with what they have behind the point. */
const figure = (value: number) =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

export function describeSpot(
  { kind, intensity, hkl, fast, slow }: DrawnSpot['spot'],
  plane: DetectorPlane | null,
): string {
  const d = plane && resolutionAt(plane, fast, slow);
  return [
    kind === 'ice' ? 'in an ice ring' : kind,
    ...(hkl ? [hklText(hkl)] : []),
    ...(intensity === null ? [] : [`${figure(intensity)} counts`]),
    ...(d && Number.isFinite(d) ? [`${d.toFixed(2)} Å`] : []),
  ].join(' · ');
}

interface SpotLayerProps {
  store: ViewerStore;
  shown: ShownSpots;
  plane: DetectorPlane | null;
  view: ViewTransform;
  canvas: CanvasSize;
  pointer: PointerStore;
}

/** Follows the pointer: apart from the rest, which stays as it is meanwhile. */
function SpotHover({
  drawn,
  plane,
  view,
  canvas,
  pointer,
}: Omit<SpotLayerProps, 'store' | 'shown'> & { drawn: DrawnSpot[] }) {
  const pixel = useStore(pointer, (state) => state.pixel);
  if (!pixel) return null;
  const at = { x: pixel.fastPx * view.scale + view.x, y: pixel.slowPx * view.scale + view.y };
  const one = spotAt(drawn, at.x, at.y, 3 * canvas.density);
  if (!one) return null;
  const { density } = canvas;
  const isRight = one.x > canvas.width * 0.6;
  return (
    <p
      role="status"
      data-testid="spot-hover"
      className="pointer-events-none absolute whitespace-nowrap rounded-md border border-line bg-ground px-2 py-1 font-mono text-xs tabular-nums"
      style={{
        top: Math.max(0, (one.y - one.radius) / density - 34),
        ...(isRight ? { right: (canvas.width - one.x) / density } : { left: one.x / density }),
      }}
    >
      {describeSpot(one.spot, plane)}
    </p>
  );
}

/** Spots over the image, each kind with a mark of its own, a key with their numbers, and what one is under the pointer. */
export function SpotLayer({ store, shown, plane, view, canvas, pointer }: SpotLayerProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const kinds = useStore(store, (state) => state.spotKinds);
  const sizePx = useStore(store, (state) => state.spotSizePx);
  const colourMap = useStore(store, (state) => state.colourMap);
  const inverted = useStore(store, (state) => state.inverted);
  const { spots, words, looked } = shown;
  const ink = useMemo(() => spotInk({ colourMap, inverted }), [colourMap, inverted]);
  const drawn = useMemo(
    () => drawnSpots(spots, kinds, view, canvas, sizePx),
    [spots, kinds, view, canvas, sizePx],
  );
  const counts = useMemo(() => countSpots(spots), [spots]);
  useEffect(() => {
    const element = ref.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    // Setting the width clears it too.
    element.width = canvas.width;
    element.height = canvas.height;
    paintSpots(context, drawn, ink, canvas.density);
  }, [drawn, ink, canvas]);
  const told = SPOT_KINDS.filter((kind) => kinds.includes(kind) && (counts[kind] > 0 || kind === 'found'));
  return (
    <>
      <canvas
        ref={ref}
        aria-hidden
        data-testid="spot-layer"
        data-spots={drawn.length}
        className="pointer-events-none absolute inset-0 h-full w-full"
      />
      <SpotHover {...{ drawn, plane, view, canvas, pointer }} />
      {(words !== null || looked > 0) && (
        <p
          role="status"
          data-testid="spot-key"
          className="pointer-events-none absolute bottom-2 left-2 flex max-w-[calc(100%-1rem)] flex-wrap items-center gap-x-3 gap-y-0.5 rounded-md border border-line bg-ground/90 px-2 py-1 text-xs tabular-nums"
        >
          {words ??
            told.map((kind) => (
              <span key={kind} className="inline-flex items-center gap-1">
                <SpotMark kind={kind} ink={ink} />
                {counts[kind]} {SPOT_WORDS[kind]}
              </span>
            ))}
        </p>
      )}
    </>
  );
}
