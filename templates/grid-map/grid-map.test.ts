import { describe, expect, it } from 'vitest';
import { csvNumbers } from './csv-numbers.ts';
import { centreOf, placeOf, strongestPlace } from './grid-places.ts';

const plain = { rows: 3, columns: 4, snake: false };

describe('places of frames', () => {
  it('run along the rows', () => {
    expect(placeOf(plain, 0)).toEqual({ row: 0, column: 0 });
    expect(placeOf(plain, 5)).toEqual({ row: 1, column: 1 });
    expect(placeOf(plain, 11)).toEqual({ row: 2, column: 3 });
  });

  it('run backwards in every second row of a snake', () => {
    const snake = { ...plain, snake: true };
    expect(placeOf(snake, 3)).toEqual({ row: 0, column: 3 });
    expect(placeOf(snake, 4)).toEqual({ row: 1, column: 3 });
    expect(placeOf(snake, 7)).toEqual({ row: 1, column: 0 });
    expect(placeOf(snake, 8)).toEqual({ row: 2, column: 0 });
  });

  it('end with the lattice', () => {
    expect(placeOf(plain, 12)).toBeNull();
  });
});

describe('where to centre', () => {
  const values = [
    [0, 1, null, 0],
    [0, 8, 8, 1],
    [0, 3, 0, 0],
  ];
  it('is the middle of what lies above half of the peak', () => {
    expect(strongestPlace(values)).toEqual({ row: 1, column: 1, value: 8 });
    expect(centreOf(values)).toEqual({ row: 1, column: 1.5 });
  });

  it('is nowhere where nothing was found', () => {
    expect(
      centreOf([
        [0, null],
        [0, 0],
      ]),
    ).toBeNull();
    expect(strongestPlace([[null, null]])).toBeNull();
  });
});

describe('numbers of a CSV file', () => {
  it('are found by the names of their columns; what is no number is none', () => {
    const text = 'frame,spots,resolution\r\n1,12,\r\n2,0,2.4\r\nx,1,1\n';
    expect([...csvNumbers(text, 'resolution')]).toEqual([
      [1, null],
      [2, 2.4],
    ]);
    expect([...csvNumbers(text, 'spots')]).toEqual([
      [1, 12],
      [2, 0],
    ]);
  });

  it('are missed with the names that there are', () => {
    expect(() => csvNumbers('frame,spots\n1,2\n', 'counts')).toThrow('It has: frame, spots.');
    expect(() => csvNumbers('image,spots\n1,2\n', 'spots')).toThrow('no column “frame”');
  });
});
