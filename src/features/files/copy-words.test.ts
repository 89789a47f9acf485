import { expect, it } from 'vitest';
import { copyWords } from './copy-words.ts';

it.each([
  [{ files: 10, failedFiles: 0, isWhole: true }, 10, 'all of it is there'],
  [{ files: 10, failedFiles: 0, isWhole: true }, null, 'all of it is there'],
  [{ files: 10, failedFiles: 0, isWhole: true }, 11, 'whole then; 1 file came since'],
  [{ files: 9, failedFiles: 2, isWhole: true }, 11, '2 files could not be brought'],
  [{ files: 3, failedFiles: 0, isWhole: false }, 11, 'a part was asked for, and is there'],
])('tells of %j beside %s files', (copy, now, words) => {
  expect(copyWords(copy, now).words).toBe(words);
});
