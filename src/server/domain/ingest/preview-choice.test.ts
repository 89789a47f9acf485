import { expect, it } from 'vitest';
import { ENTRY_BYTES } from './frame-entries.ts';
import { previewChoice } from './preview-choice.ts';

const table = (firstFrame: number, sizes: readonly number[]) => {
  const entries = new Uint8Array(sizes.length * ENTRY_BYTES);
  const view = new DataView(entries.buffer);
  for (const [row, size] of sizes.entries()) {
    view.setBigUint64(row * ENTRY_BYTES, BigInt(1000 + row), true);
    view.setUint32(row * ENTRY_BYTES + 8, size, true);
  }
  return { storeKey: `at ${firstFrame}`, firstFrame, rows: sizes.length, entries };
};
const full = (first: number, count: number) => table(first, new Array<number>(count).fill(7));
const keptOf = (...input: Parameters<typeof previewChoice>) =>
  previewChoice(...input).kept.map(({ frame }) => frame);

it('of a series whose length is known, at most forty frames through all of it', () => {
  expect(keptOf([full(0, 5)], 5)).toEqual([0, 1, 2, 3, 4]);
  const kept = keptOf([full(0, 1800), full(1800, 1800)], 3600);
  expect(kept).toEqual(Array.from({ length: 40 }, (_, n) => n * 90));
});

it('of one that grows, what was chosen stays chosen, and not many are', () => {
  const short = keptOf([full(0, 100)], null);
  const long = keptOf([full(0, 3600)], null);
  expect(long.slice(0, short.length)).toEqual(short);
  expect(long.length).toBeLessThan(40);
});

it('a frame that never came is replaced by the next of its part, and by none of another part', () => {
  const { kept, newest } = previewChoice([table(0, [0, 0, 9, 9]), table(8, [9, 0])], 80);
  expect(kept).toEqual([
    { frame: 2, storeKey: 'at 0', offset: 1002, sizeBytes: 9 },
    { frame: 8, storeKey: 'at 8', offset: 1000, sizeBytes: 9 },
  ]);
  expect(newest).toMatchObject({ frame: 8 });
  expect(keptOf([table(0, [0, 0, 9, 9])], 120)).toEqual([2, 3]);
});

it('of nothing there is nothing', () => {
  expect(previewChoice([], null)).toEqual({ kept: [], newest: null });
  expect(previewChoice([table(0, [0, 0])], 2)).toEqual({ kept: [], newest: null });
});
