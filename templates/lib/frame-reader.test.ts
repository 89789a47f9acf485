import { expect, it } from 'vitest';
import { countUnlocated, listStoredFrames } from './frame-reader.ts';

/** rows × (u64 LE offset, u32 LE size), as a job is told. */
function entries(...rows: [offset: number, sizeBytes: number][]): string {
  const table = Buffer.alloc(12 * rows.length);
  for (const [row, [offset, sizeBytes]] of rows.entries()) {
    table.writeBigUInt64LE(BigInt(offset), 12 * row);
    table.writeUInt32LE(sizeBytes, 12 * row + 8);
  }
  return table.toString('base64');
}

it('files whose frames were only counted are no frames to read, and are counted', () => {
  const channel = 'default';
  const file = { path: 'raw/b_000001.h5', version: 1, firstFrame: 0, rows: 2 };
  const unlocated = { path: 'raw/b_000002.h5', version: 1, firstFrame: 2, rows: 60, entries: '' };
  const dataset = {
    frames: [
      { channel, ...unlocated },
      { channel, ...file, entries: entries([96, 10], [0, 0]) },
      { channel: 'other', ...unlocated },
    ],
  };
  expect(listStoredFrames(dataset, channel)).toEqual([
    { frame: 0, path: 'raw/b_000001.h5', version: 1, offset: 96, sizeBytes: 10 },
  ]);
  expect(countUnlocated(dataset, channel)).toBe(60);
});
