import { expect, it } from 'vitest';
import { piecesOf } from './run-log.ts';

it('cuts a long log into pieces without tearing a character apart', () => {
  // Of two units each: with one before them every other cut would fall between the two.
  const text = `x${'🔬'.repeat(100_000)}`;
  const pieces = piecesOf(text);
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join('')).toBe(text);
  for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
});
