import { expect, it } from 'vitest';
import { canariesIn, canaryWord } from './canary-words.ts';

const codes = new Map([['DEM26-7K2QF', 'before']]);
const word = canaryWord('before', 'sample', 'comment');
const itself = [{ whose: 'before', field: 'sample.comment' }];

it('finds a canary in whatever stands around it, in capitals and in base64 at every place', () => {
  expect(canariesIn(`raw/${word}/run_1`, codes)).toEqual(itself);
  expect(canariesIn(word.toUpperCase(), codes)).toEqual(itself);
  for (const before of ['', 'x', 'xy']) {
    const encoded = Buffer.from(`["title","${before}${word}"]`).toString('base64url');
    expect(canariesIn(`{"nextCursor":"${encoded}"}`, codes), before).toEqual(itself);
  }
});

it('finds the code of an experiment, and one canary of several once', () => {
  expect(canariesIn(`DEM26-7K2QF ${word} ${word}`, codes)).toEqual([
    ...itself,
    { whose: 'before', field: 'code' },
  ]);
});

it('finds one that was cut, and nothing in what has none', () => {
  expect(canariesIn('qanary-before-sam', codes)).toEqual([{ whose: 'before', field: 'cut' }]);
  expect(canariesIn('a canary of DEM26-00000', codes)).toEqual([]);
});
