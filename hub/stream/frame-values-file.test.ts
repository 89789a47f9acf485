import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FRAME_VALUE_NAMES } from '#src/shared/model/frame-values.ts';
import { limitFileSize } from '../testing/file-size-limit.ts';
import { type FrameNumbers, FrameValuesFile } from './frame-values-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-values-'));
  file = path.join(folder, 'data.h5.values');
});
afterEach(() => rmSync(folder, { recursive: true }));

const ROWS = 6;
const everywhere = () => true;
const read = (values: FrameValuesFile, rows = ROWS, present: (row: number) => boolean = everywhere) =>
  Object.fromEntries(values.series(rows, present).map((one) => [one.name, [...one.values]]));
const written = (...frames: [number, FrameNumbers][]) => {
  const values = FrameValuesFile.create(file, ROWS);
  for (const [row, numbers] of frames) values.note(row, numbers);
  values.close();
  return values;
};

it('tells per name one number per row, none where none came', () => {
  const values = written([2, { spots: 12, background: 0.5 }], [0, { spots: 0 }], [3, {}]);
  expect(read(values, 4)).toEqual({
    spots: [0, Number.NaN, 12, Number.NaN],
    background: [Number.NaN, Number.NaN, 0.5, Number.NaN],
  });
});

it('knows after a kill what it knew before, and nothing of frames that did not follow', () => {
  const all = Object.fromEntries(FRAME_VALUE_NAMES.map((name, at) => [name, at - 3.5]));
  written([0, all], [1, { spots: 4 }], [2, { spots: 5 }]);
  const again = FrameValuesFile.recover(file, ROWS);
  const told = read(again, 3, (row) => row !== 2);
  expect(Object.keys(told)).toEqual([...FRAME_VALUE_NAMES]);
  for (const [at, name] of FRAME_VALUE_NAMES.entries()) expect(told[name]![0]).toBe(at - 3.5);
  expect(told.spots).toEqual([-3.5, 4, Number.NaN]);
});

it('goes on behind a torn record', () => {
  written([0, { spots: 1 }], [1, { spots: 2, background: 3 }]);
  const whole = statSync(file).size;
  for (let cut = 1; cut < 20; cut++) {
    writeFileSync(`${file}.torn`, readFileSync(file).subarray(0, whole - cut));
    const values = FrameValuesFile.recover(`${file}.torn`, ROWS);
    values.note(2, { spots: 9 });
    values.close();
    expect(read(FrameValuesFile.recover(`${file}.torn`, ROWS), 3)).toEqual({ spots: [1, Number.NaN, 9] });
  }
  appendFileSync(file, 'a record that was never finished');
  expect(read(FrameValuesFile.recover(file, ROWS), 2).spots).toEqual([1, 2]);
});

it('a frame that could not be noted on a full disk can be noted again', () => {
  const values = FrameValuesFile.create(file, ROWS);
  values.note(0, { spots: 1 });
  limitFileSize(process.pid, statSync(file).size + 5);
  try {
    expect(() => values.note(1, { spots: 2 })).toThrow('EFBIG');
  } finally {
    limitFileSize(process.pid, null);
  }
  values.note(1, { spots: 3 });
  values.close();
  expect(read(FrameValuesFile.recover(file, ROWS), 2)).toEqual({ spots: [1, 3] });
});

it('makes no file for a detector that sends no numbers, and begins anew where another file lay', () => {
  written([0, {}]);
  expect(existsSync(file)).toBe(false);
  written([0, { spots: 1 }]);
  expect(read(written([1, { background: 2 }]), 2)).toEqual({ background: [Number.NaN, 2] });
  expect(read(FrameValuesFile.recover(file, ROWS), 2)).toEqual({ background: [Number.NaN, 2] });
});
