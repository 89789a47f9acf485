import { expect, it } from 'vitest';
import { spotLine } from './spot-line.ts';

const told = (first: number, ...spots: number[]) =>
  spots.map((count, index) => ({ frame: first + index, spots: count }));

it('has each frame of a short series, with gaps where no frame has a number', () => {
  expect(spotLine(told(1, 3, 0, 7))).toEqual({ firstFrame: 1, lastFrame: 3, most: [3, 0, 7] });
  const gap = [...told(8, 5), ...told(5, 1, 2)];
  expect(spotLine(gap)).toEqual({ firstFrame: 5, lastFrame: 8, most: [1, 2, null, 5] });
});

it('of a long series has the most of each part: a single strong frame is seen', () => {
  const counts = new Array<number>(3600).fill(2);
  counts[1000] = 90;
  const line = spotLine(told(1, ...counts))!;
  expect(line).toMatchObject({ firstFrame: 1, lastFrame: 3600 });
  expect(line.most).toHaveLength(120);
  expect(line.most.indexOf(90)).toBe(Math.floor(1000 / 30));
  expect(line.most.filter((most) => most === 2)).toHaveLength(119);
});

it('is none without a number', () => {
  expect(spotLine([])).toBeNull();
});
