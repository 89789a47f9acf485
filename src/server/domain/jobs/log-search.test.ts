import { expect, it } from 'vitest';
import { LINE_BEGIN_CHARACTERS, searchPieces } from './log-search.ts';

const found = (texts: readonly string[], text: string, { before = '', isEnd = true, line = 0 } = {}) => {
  let endLine = line;
  const pieces = texts.map((piece, index) => {
    endLine += piece.split('\n').length - 1;
    return { seq: index + 1, text: piece, endLine };
  });
  return searchPieces(pieces, { text, before, isEnd });
};

it('finds lines by their number, capitals or not, also where a piece ends in the middle of a line', () => {
  expect(found(['one\ntwo Spo', 'ts\nthree\nspots again'], 'spots')).toEqual([
    { seq: 2, line: 1, text: 'two Spots' },
    { seq: 2, line: 3, text: 'spots again' },
  ]);
});

it('sees through colours and lines that were written over', () => {
  expect(found(['in\u001b[31mdex\u001b[0med 98 %\n10 %\r20 %\r\n'], 'indexed')).toHaveLength(1);
  expect(found(['10 %\r20 %\r\n'], '10 %')).toEqual([]);
  expect(found(['10 %\r20 %\r\n'], '20 %')).toHaveLength(1);
});

it('leaves the last line to the pieces that follow, which are given its beginning', () => {
  const whole = 'the cell is tetragonal\n';
  for (let at = 0; at <= whole.length; at++) {
    const first = found([whole.slice(0, at)], 'tetragonal', { isEnd: false });
    const second = found([whole.slice(at)], 'tetragonal', {
      before: at < whole.length ? whole.slice(0, at) : '',
    });
    expect(first.length + second.length, `cut at ${at}`).toBe(1);
  }
});

it('misses nothing in a line longer than what is taken along, wherever it stands', () => {
  for (const at of [0, 3000, LINE_BEGIN_CHARACTERS, 9000, 15_990]) {
    const line = `${'x'.repeat(at)}needle${'x'.repeat(16_000 - at)}`;
    const cut = 10_000;
    const taken = line.slice(Math.max(0, cut - LINE_BEGIN_CHARACTERS), cut);
    const hits = [
      ...found([line.slice(0, cut)], 'needle', { isEnd: false }),
      ...found([`${line.slice(cut)}\n`], 'needle', { before: taken }),
    ];
    expect(hits.length, `at ${at}`).toBe(1);
  }
});
