import { expect, it } from 'vitest';
import type { JobInput } from '#src/shared/contracts/job-run.ts';
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
  const input = {
    dataset: {
      frames: [
        { channel, path: 'raw/b_000002.h5', firstFrame: 2, rows: 60, entries: '' },
        { channel, path: 'raw/b_000001.h5', firstFrame: 0, rows: 2, entries: entries([96, 10], [0, 0]) },
        { channel: 'other', path: 'raw/b_000002.h5', firstFrame: 2, rows: 60, entries: '' },
      ],
    },
  } as unknown as JobInput;
  expect(listStoredFrames(input, channel)).toEqual([
    { frame: 0, path: 'raw/b_000001.h5', offset: 96, sizeBytes: 10 },
  ]);
  expect(countUnlocated(input, channel)).toBe(60);
});
