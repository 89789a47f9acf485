import type { FrameLocation, FrameLocator } from './frame-locator.ts';

/** The frames of a stack that are stored, of `count` from `first` on; frames that never came are left out. */
export function stretchOf(
  locator: Pick<FrameLocator, 'locate'>,
  first: number,
  count: number,
): { frame: number; location: FrameLocation }[] {
  return Array.from({ length: count }, (_, n) => ({
    frame: first + n,
    location: locator.locate(first + n),
  })).filter((one): one is { frame: number; location: FrameLocation } => one.location !== null);
}
