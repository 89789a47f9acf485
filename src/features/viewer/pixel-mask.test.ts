import { expect, test } from 'vitest';
import { describeMaskBits, MASK_BAD, MASK_GAP, reducePixelMask } from './pixel-mask.ts';

test('gap and bad pixels are told apart, any bit masks', () => {
  expect([...reducePixelMask(Uint32Array.from([0, 1, 2, 16, 3, 256]))]).toEqual([
    0,
    MASK_GAP,
    MASK_BAD,
    MASK_BAD,
    MASK_GAP,
    MASK_BAD,
  ]);
});

test('the read-out names the bits of the pixel mask', () => {
  expect(describeMaskBits(0)).toBeNull();
  expect(describeMaskBits(1)).toBe('gap');
  expect(describeMaskBits(0b10010)).toBe('dead, noisy');
  expect(describeMaskBits(1 << 8)).toBe('masked');
});
