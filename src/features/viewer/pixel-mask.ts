import type { DtypeArray } from '#src/shared/model/dtype.ts';

/** What the viewer shows of a pixel: measured, or why not. */
export const MASK_OK = 0;
export const MASK_GAP = 1;
export const MASK_BAD = 2;

/**
 * Pixel mask bits of the SIMPLON reference and NeXus (NXdetector pixel_mask): 0 gap, 1 dead, 2 under-responding,
 * 3 over-responding, 4 noisy; any bit set means "do not use".
 */
export function reducePixelMask(mask: DtypeArray): Uint8Array<ArrayBuffer> {
  const reduced = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    const bits = Number(mask[i]);
    if (bits !== 0) reduced[i] = bits & 1 ? MASK_GAP : MASK_BAD;
  }
  return reduced;
}

const BIT_NAMES = ['gap', 'dead', 'under-responding', 'over-responding', 'noisy'] as const;

/** For the read-out: "dead, noisy"; null when no bit is set. */
export function describeMaskBits(bits: number): string | null {
  if (bits === 0) return null;
  const named = BIT_NAMES.filter((_, bit) => bits & (1 << bit));
  return named.length > 0 ? named.join(', ') : 'masked';
}
