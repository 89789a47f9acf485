'use client';

import { useStore } from 'zustand';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { type DetectorPlane, directBeam, omegaAt, resolutionAt, twoThetaAt } from './detector-plane.ts';
import { describeMaskBits } from './pixel-mask.ts';
import type { PointerStore } from './pointer-store.ts';
import type { DisplayedFrame } from './use-displayed-frame.ts';

/** What a pixel says: its value, or why it has none. The exact value, also where the screen shows a maximum of many. */
export function describePixel(
  displayed: Pick<DisplayedFrame, 'frame' | 'mask'>,
  saturation: number | null,
  pixel: { fast: number; slow: number },
): string {
  const { frame, mask } = displayed;
  // The pointer may be over a larger picture beside this one.
  if (!frame || pixel.fast >= frame.shape[1] || pixel.slow >= frame.shape[0]) return '–';
  const at = pixel.slow * frame.shape[1] + pixel.fast;
  const value = frame.pixels[at];
  if (value === undefined) return '–';
  const bits = mask && mask.bits.pixels.length === frame.pixels.length ? Number(mask.bits.pixels[at]) : 0;
  const reason = describeMaskBits(bits);
  if (reason) return `${value} (${reason})`;
  if (value === dtypeInvalidValue(frame.dtype) || Number.isNaN(value)) return `${value} (no measurement)`;
  if (saturation !== null && Number(value) >= saturation) return `${value} (saturated)`;
  return String(value);
}

export interface PlaceWords {
  d: string;
  q: string;
  twoTheta: string;
  radius: string;
}
const UNKNOWN: PlaceWords = { d: '–', q: '–', twoTheta: '–', radius: '–' };

/** What the geometry says of a point: resolution, q, 2θ, and how far it is from the direct beam. */
export function describePlace(
  plane: DetectorPlane | null,
  point: { fastPx: number; slowPx: number } | null,
): PlaceWords {
  if (!plane || !point) return UNKNOWN;
  const d = resolutionAt(plane, point.fastPx, point.slowPx);
  const beam = directBeam(plane);
  const radius = beam ? Math.hypot(point.fastPx - beam.fast, point.slowPx - beam.slow) : null;
  return {
    d: d === null ? '–' : d > 999 ? '∞' : `${d.toFixed(2)} Å`,
    q: d === null ? '–' : `${((2 * Math.PI) / d).toFixed(3)} Å⁻¹`,
    twoTheta: `${((twoThetaAt(plane, point.fastPx, point.slowPx) * 180) / Math.PI).toFixed(2)}°`,
    radius: radius === null ? '–' : `${radius.toFixed(1)} px`,
  };
}

interface FrameReadOutProps {
  index: FrameIndex;
  displayed: DisplayedFrame;
  /** What `displayed` is made of: "sum", or null for one frame. */
  stackedAs: string | null;
  saturation: number | null;
  plane: DetectorPlane | null;
  pointer: PointerStore;
}

const Cell = ({ label, value, wide }: { label: string; value: string; wide?: boolean }) => (
  <span className={`flex items-baseline gap-1.5 ${wide ? 'min-w-28' : 'min-w-16'}`}>
    <span className="text-ink-faint">{label}</span>
    <span>{value}</span>
  </span>
);

export function FrameReadOut(props: FrameReadOutProps) {
  const { index, displayed, stackedAs, saturation, plane, pointer } = props;
  const pointed = useStore(pointer, (state) => state.pixel);
  // Where no frame is shown the pointer points at nothing.
  const pixel = displayed.frame ? pointed : null;
  const place = describePlace(plane, pixel);
  const { shownFrame, stacked } = displayed;
  const omega = shownFrame === null ? null : omegaAt(index.geometry, shownFrame);
  const turns = omegaAt(index.geometry, 0) !== null;
  return (
    <div
      className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-3 py-1.5 font-mono text-xs tabular-nums"
      data-testid="read-out"
    >
      <Cell label="fast" value={pixel ? String(pixel.fast) : '–'} />
      <Cell label="slow" value={pixel ? String(pixel.slow) : '–'} />
      <Cell label="value" value={pixel ? describePixel(displayed, saturation, pixel) : '–'} wide />
      <Cell label="d" value={place.d} />
      <Cell label="q" value={place.q} />
      <Cell label="2θ" value={place.twoTheta} />
      <Cell label="r" value={place.radius} />
      {turns && <Cell label="ω" value={omega === null ? '–' : `${omega.toFixed(2)}°`} />}
      {stackedAs && (
        <span className="text-warn" data-testid="stacked">
          {stackedAs} of {stacked} frames
        </span>
      )}
      <span className="ml-auto hidden text-ink-faint xl:inline" data-testid="frame-cost">
        {displayed.frame
          ? `${(displayed.frame.fetchedBytes / 1e6).toFixed(2)} MB in ${displayed.frame.fetchMs.toFixed(0)} ms, decoded in ${displayed.frame.decodeMs.toFixed(0)} ms`
          : '–'}
      </span>
    </div>
  );
}
