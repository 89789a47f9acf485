'use client';

import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { omegaAt, resolutionAt } from './detector-geometry.ts';
import type { PixelUnderCursor } from './frame-canvas.tsx';
import { describeMaskBits } from './pixel-mask.ts';
import type { DisplayedFrame } from './use-displayed-frame.ts';

/** What a pixel says: its value, or why it has none. The exact value, also where the screen shows a maximum of many. */
export function describePixel(
  displayed: DisplayedFrame,
  saturation: number | null,
  pixel: PixelUnderCursor,
): string {
  const { frame, mask } = displayed;
  if (!frame) return '–';
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

interface FrameReadOutProps {
  index: FrameIndex;
  displayed: DisplayedFrame;
  pixel: PixelUnderCursor | null;
  range: { low: number; high: number };
}

const Cell = ({ label, value, wide }: { label: string; value: string; wide?: boolean }) => (
  <span className={`flex items-baseline gap-1.5 ${wide ? 'min-w-28' : 'min-w-16'}`}>
    <span className="text-ink-faint">{label}</span>
    <span>{value}</span>
  </span>
);

export function FrameReadOut({ index, displayed, pixel: pointed, range }: FrameReadOutProps) {
  // Where no frame is shown the pointer points at nothing.
  const pixel = displayed.frame ? pointed : null;
  const resolution = pixel ? resolutionAt(index.geometry, pixel.fastPx, pixel.slowPx) : null;
  const omega = displayed.shownFrame === null ? null : omegaAt(index.geometry, displayed.shownFrame);
  const turns = omegaAt(index.geometry, 0) !== null;
  const saturation = index.geometry.saturationValue ?? null;
  return (
    <div
      className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-3 py-1.5 font-mono text-xs tabular-nums"
      data-testid="read-out"
    >
      <Cell label="fast" value={pixel ? String(pixel.fast) : '–'} />
      <Cell label="slow" value={pixel ? String(pixel.slow) : '–'} />
      <Cell label="value" value={pixel ? describePixel(displayed, saturation, pixel) : '–'} wide />
      <Cell
        label="d"
        value={resolution === null ? '–' : resolution > 999 ? '∞' : `${resolution.toFixed(2)} Å`}
      />
      {turns && <Cell label="ω" value={omega === null ? '–' : `${omega.toFixed(2)}°`} />}
      <Cell
        label="range"
        value={displayed.frame ? `${range.low.toPrecision(3)} … ${range.high.toPrecision(4)}` : '–'}
        wide
      />
      <span className="ml-auto hidden text-ink-faint sm:inline" data-testid="frame-cost">
        {displayed.frame
          ? `${(displayed.frame.fetchedBytes / 1e6).toFixed(2)} MB in ${displayed.frame.fetchMs.toFixed(0)} ms, decoded in ${displayed.frame.decodeMs.toFixed(0)} ms`
          : '–'}
      </span>
    </div>
  );
}
