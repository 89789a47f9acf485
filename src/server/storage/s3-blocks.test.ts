import { expect, it } from 'vitest';
import { blockBytes, blocksOf, PUT_BYTES } from './s3-blocks.ts';

it('cuts bytes into blocks that grow, whatever pieces they come in, and loses none', async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, n) => n);
  for (const pieceBytes of [1, 3, 7, 100]) {
    const pieces = Array.from({ length: Math.ceil(100 / pieceBytes) }, (_, n) =>
      bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes),
    );
    const seen: Uint8Array[] = [];
    const blocks: Uint8Array[] = [];
    const sizeOf = (index: number) => (index < 3 ? 5 : 20);
    for await (const block of blocksOf(pieces, (piece) => seen.push(piece), sizeOf)) blocks.push(block);
    expect(blocks.map(({ length }) => length)).toEqual([5, 5, 5, 20, 20, 20, 20, 5]);
    expect(Buffer.concat(blocks)).toEqual(Buffer.from(bytes));
    expect(Buffer.concat(seen)).toEqual(Buffer.from(bytes));
  }
});

it('has 3 TB in the parts that S3 takes, none smaller than one before', () => {
  const sizes = Array.from({ length: 10_000 }, (_, index) => blockBytes(index));
  expect(sizes[0]).toBe(PUT_BYTES);
  expect(sizes.every((size, index) => index === 0 || size >= sizes[index - 1]!)).toBe(true);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(3e12);
});
