import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { MeasuredPixels } from './frame-histogram.ts';
import type { LoadedFrame } from './frame-loader.ts';
import type { ViewerState } from './viewer-store.ts';

export type MeasuredFrame = MeasuredPixels & { shape: readonly [number, number] };

/** What statistics are made of: the pixels with what tells which of them count. A sum may exceed what one frame saturates at. */
export function measuredFrame(
  frame: LoadedFrame,
  mask: Uint8Array | null,
  saturation: number | null,
  stack: ViewerState['stack'],
): MeasuredFrame {
  return {
    pixels: frame.pixels,
    shape: frame.shape,
    mask: mask?.length === frame.pixels.length ? mask : null,
    invalid: dtypeInvalidValue(frame.dtype),
    saturation: stack.frames > 1 && stack.kind === 'sum' ? null : saturation,
  };
}
