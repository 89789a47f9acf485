import { expect, it } from 'vitest';
import { arrivingWords } from './arriving-words.ts';

const now = new Date('2026-11-20T12:00:00Z');
const fileOf = (secondsAgo: number) => ({
  ...{ id: 'f', path: 'raw/a.tif', parent: 'raw', sizeBytes: 1, experimentCode: null },
  committedAt: new Date(now.getTime() - secondsAgo * 1000),
});

it('is quiet only while neither datasets nor files come', () => {
  const words = (states: string[], files: ReturnType<typeof fileOf>[]) =>
    arrivingWords({ arriving: states.map((state) => ({ state })), arrivingFiles: files }, now);
  expect(words([], [])).toBe('quiet');
  expect(words(['complete', 'receiving'], [fileOf(1)])).toBe('1 under way');
  expect(words(['complete'], [fileOf(20), fileOf(300)])).toBe('files are coming');
  expect(words(['complete'], [fileOf(61)])).toBe('quiet');
});
