import { expect, it } from 'vitest';
import { spotPieces, spotWords } from './spot-line-points.ts';

it('says in words which frames the line spans and how high it goes', () => {
  expect(spotWords({ firstFrame: 1, lastFrame: 3600, most: [3, null, 340] })).toBe(
    'Spots in frames 1 to 3600, at most 340 in one',
  );
  expect(spotWords({ firstFrame: 7, lastFrame: 7, most: [0] })).toBe('Spots in frame 7, at most 0 in one');
});

it('draws from the bottom to the most there are, and breaks off where no frame has a number', () => {
  expect(spotPieces([10, 5, null, 0])).toEqual([
    [
      { x: 12.5, y: 0 },
      { x: 37.5, y: 50 },
    ],
    [{ x: 87.5, y: 100 }],
  ]);
  expect(spotPieces([0, 0]).flat()).toEqual([
    { x: 25, y: 100 },
    { x: 75, y: 100 },
  ]);
});
