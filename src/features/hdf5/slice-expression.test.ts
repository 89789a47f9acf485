import { describe, expect, it } from 'vitest';
import {
  firstSlice,
  formatSlice,
  parseSlice,
  slicedCount,
  slicedShape,
  touchedCount,
} from './slice-expression.ts';

const shape = [100, 20, 30];

describe('slice expressions', () => {
  it.each([
    ['5', [1, 20, 30], '5, :, :'],
    ['-1, 3', [1, 1, 30], '99, 3, :'],
    ['10:20, ::4, :', [10, 5, 30], '10:20, ::4, :'],
    ['-10:, :-5, 29:', [10, 15, 1], '90:, :15, 29:'],
    ['7:3', [0, 20, 30], '7:7, :, :'],
    ['1:1000:7', [15, 20, 30], '1::7, :, :'],
    ['0:3:2', [2, 20, 30], ':3:2, :, :'],
    ['', [100, 20, 30], ':, :, :'],
  ])('%s is what NumPy makes of it', (text, counts, again) => {
    const choice = parseSlice(text, shape);
    expect(choice.map(({ count }) => count)).toEqual(counts);
    expect(formatSlice(choice, shape)).toBe(again);
    // What is written of a choice means the same choice.
    expect(parseSlice(again, shape)).toMatchObject(choice.map(({ count, isIndex }) => ({ count, isIndex })));
  });

  it.each([
    ['100', 'Axis 0: 100 lies outside 0 to 99.'],
    ['-101', 'Axis 0: -101 lies outside 0 to 99.'],
    [':, a', 'Axis 1: “a” is no whole number.'],
    [':, 1.5', 'Axis 1: “1.5” is no whole number.'],
    ['::0', 'Axis 0: the step must be 1 or more.'],
    ['::-1', 'Axis 0: the step must be 1 or more.'],
    ['1:2:3:4', 'Axis 0: write start:stop:step.'],
    [':,', 'Axis 1: write a number, or : for all of it.'],
    ['1,2,3,4', 'It has 3 axes, and 4 are written.'],
  ])('%s is refused in words', (text, words) => {
    expect(() => parseSlice(text, shape)).toThrow(words);
  });

  it('takes away an axis that stands at one place', () => {
    expect(slicedShape(parseSlice('5, 1:2', shape))).toEqual([1, 30]);
    expect(slicedCount(parseSlice('5, 1:3', shape))).toBe(60);
  });

  it('counts what is unpacked by whole chunks', () => {
    const chunks = [1, 20, 30];
    expect(touchedCount(parseSlice(':, 3, 3', shape), chunks)).toBe(100 * 600);
    expect(touchedCount(parseSlice('::50, 3, 3', shape), chunks)).toBe(2 * 600);
    expect(touchedCount(parseSlice('8:12, 0, 0', shape), [10, 20, 30])).toBe(20 * 600);
    expect(touchedCount(parseSlice('8:12, 0, 0', shape), null)).toBe(4);
  });

  it('begins with the last two axes of an image, and with so much of a long line', () => {
    expect(formatSlice(firstSlice([3600, 4362, 4148], true, [1, 4362, 4148]), [3600, 4362, 4148])).toBe(
      '0, :, :',
    );
    expect(slicedCount(firstSlice([5_000_000], true, null))).toBe(1_000_000);
    expect(slicedCount(firstSlice([5_000_000], false, [4096]))).toBe(1000);
    expect(slicedCount(firstSlice([50_000, 50_000], true, [100, 50_000]))).toBeLessThanOrEqual(32_000_000);
    expect(firstSlice([], true, null)).toEqual([]);
    expect(slicedCount(firstSlice([0, 5], true, null))).toBe(0);
  });
});
