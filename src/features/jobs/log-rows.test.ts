import { describe, expect, it } from 'vitest';
import { logRows, lookAfter, markFound, PLAIN, ROW_CHARACTERS } from './log-rows.ts';

const textOf = (row: { spans: { text: string }[] }) => row.spans.map(({ text }) => text).join('');

describe('rows of a log', () => {
  it('are its lines with their numbers; an end without a line makes none', () => {
    expect(logRows('', 7)).toEqual([]);
    const rows = logRows('one\n\nthree\n', 7);
    expect(rows.map((row) => [row.line, textOf(row)])).toEqual([
      [7, 'one'],
      [8, ''],
      [9, 'three'],
    ]);
  });

  it('show a line that was written over as it stood last', () => {
    expect(logRows('10 %\r20 %\rdone\r\nnext', 0).map(textOf)).toEqual(['done', 'next']);
  });

  it('cut a line that is very long, and lose no character', () => {
    const long = 'abcdefghij'.repeat(350);
    const rows = logRows(`${long}\nafter`, 0);
    expect(rows.map(({ line, part }) => [line, part])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
    ]);
    expect(rows.slice(0, 4).map(textOf).join('')).toBe(long);
    expect(rows.every((row) => textOf(row).length <= ROW_CHARACTERS)).toBe(true);
  });

  it('colour what terminals colour, beyond the end of a line too, and show no code', () => {
    const [first, second, third] = logRows(
      'a\u001b[1;31mred\nstill\u001b[0m plain\n\u001b[2Kx\u001b]0;title\u0007y',
      0,
    );
    expect(first!.spans).toEqual([
      { text: 'a', look: PLAIN },
      { text: 'red', look: { ...PLAIN, bold: true, colour: 1 } },
    ]);
    expect(second!.spans[0]).toMatchObject({ text: 'still', look: { colour: 1 } });
    expect(second!.spans[1]).toEqual({ text: ' plain', look: PLAIN });
    expect(textOf(third!)).toBe('xy');
  });

  it('make characters visible that have no picture', () => {
    expect(textOf(logRows('a\u0000b\u0007\tc\u007f', 0)[0]!)).toBe('a␀b␇\tc␡');
  });
});

it('colours of 256 and of millions become the nearest of sixteen', () => {
  expect(lookAfter(PLAIN, [38, 5, 196]).colour).toBe(9);
  expect(lookAfter(PLAIN, [38, 5, 3]).colour).toBe(3);
  expect(lookAfter(PLAIN, [38, 2, 0, 160, 0, 4])).toMatchObject({ colour: 2, underlined: true });
  expect(lookAfter(PLAIN, [48, 5, 250]).behind).toBe(7);
  expect(lookAfter({ ...PLAIN, colour: 4, bold: true }, [0])).toEqual(PLAIN);
});

it('marks what is searched for across colours, every time it stands there', () => {
  const red = { ...PLAIN, colour: 1 };
  const spans = [
    { text: 'No spo', look: PLAIN },
    { text: 'ts, SPOTS', look: red },
  ];
  const marked = markFound(spans, 'spots');
  expect(marked.filter(({ found }) => found).map(({ text }) => text)).toEqual(['spo', 'ts', 'SPOTS']);
  expect(marked.map(({ text }) => text).join('')).toBe('No spots, SPOTS');
  expect(markFound(spans, 'none')).toEqual(spans);
});
