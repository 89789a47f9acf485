import { expect, it } from 'vitest';
import { WINDOW_BYTES, wholeLines, windowAt } from './text-window.ts';

it('keeps windows inside the text, the last full', () => {
  expect(windowAt(0, 10)).toEqual({ first: 0, last: 9 });
  expect(windowAt(0, 1e9)).toEqual({ first: 0, last: WINDOW_BYTES - 1 });
  expect(windowAt(1e9, 1e9)).toEqual({ first: 1e9 - WINDOW_BYTES, last: 1e9 - 1 });
  expect(windowAt(-5, 1e9).first).toBe(0);
});

it('shows whole lines, and null bytes as such', () => {
  const bytes = new TextEncoder().encode('lf of a line\nwhole λ\nnext\0one\nha');
  expect(wholeLines(bytes, { isStart: false, isEnd: false })).toBe('whole λ\nnext␀one\n');
  expect(wholeLines(bytes, { isStart: true, isEnd: true })).toBe('lf of a line\nwhole λ\nnext␀one\nha');
  const one = new TextEncoder().encode('no line end');
  expect(wholeLines(one, { isStart: false, isEnd: false })).toBe('no line end');
});
