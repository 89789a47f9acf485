import { expect, test } from 'vitest';
import { FRAME_ENTRY_BYTES } from '#src/shared/contracts/frame-index.ts';
import { FrameLocator } from './frame-locator.ts';

function table(entries: readonly [offset: number, size: number][]): string {
  const bytes = Buffer.alloc(entries.length * FRAME_ENTRY_BYTES);
  for (const [row, [offset, size]] of entries.entries()) {
    bytes.writeBigUInt64LE(BigInt(offset), row * FRAME_ENTRY_BYTES);
    bytes.writeUInt32LE(size, row * FRAME_ENTRY_BYTES + 8);
  }
  return bytes.toString('base64');
}

const file = (firstFrame: number, entries: readonly [number, number][]) => ({
  fileId: `file-${firstFrame}`,
  url: `http://store/${firstFrame}`,
  firstFrame,
  rows: entries.length,
  entries: table(entries),
});

test('finds frames across files, whatever the order they are listed in', () => {
  const locator = new FrameLocator([
    file(2, [[4096, 70]]),
    file(0, [
      [4096, 50],
      [2 ** 40, 60],
    ]),
  ]);
  expect(locator.locate(1)).toEqual({ url: 'http://store/0', offset: 2 ** 40, sizeBytes: 60 });
  expect(locator.locate(2)).toEqual({ url: 'http://store/2', offset: 4096, sizeBytes: 70 });
  expect(locator.locate(3)).toBeNull();
  expect(locator.end).toBe(3);
});

test('a frame that never came is not located, and does not count as the newest', () => {
  const locator = new FrameLocator([
    file(0, [
      [4096, 50],
      [0, 0],
    ]),
    file(4, [
      [4096, 9],
      [0, 0],
    ]),
  ]);
  expect(locator.locate(1)).toBeNull();
  expect(locator.locate(3)).toBeNull();
  expect(locator.end).toBe(5);
  expect(new FrameLocator([]).end).toBe(0);
});

test('a table of the wrong length is refused', () => {
  expect(() => new FrameLocator([{ ...file(0, [[1, 2]]), rows: 2 }])).toThrow(/12 bytes for 2 frames/);
});
