import { describe, expect, it } from 'vitest';
import { delimiterOf, readCsv } from './csv-table.ts';

const COLUMNS = { name: ['sample'], position: ['pin', 'sample position'], comment: [] };
const read = (text: string) => readCsv(text, COLUMNS, ['name']);
const cellsOf = (text: string) => read(text).rows.map(({ cells }) => cells);
const faultsOf = (text: string) =>
  read(text).faults.map(({ line, column, message }) => `${line} ${column}: ${message}`);

describe('a table of separated values', () => {
  it('is read with commas, semicolons and tabs, whatever ends its lines', () => {
    const expected = [
      { name: 'a', position: '1' },
      { name: 'b', position: '' },
    ];
    for (const sign of [',', ';', '\t']) {
      for (const end of ['\n', '\r\n', '\r']) {
        expect(
          cellsOf(['name', 'position'].join(sign) + end + ['a', '1'].join(sign) + end + ['b', ''].join(sign)),
        ).toEqual(expected);
      }
    }
    expect(delimiterOf('"name, given";position')).toBe(';');
    expect(delimiterOf('name')).toBe(',');
  });

  it('takes heads in other words, case and spacing, behind a byte order mark', () => {
    expect(cellsOf('\uFEFFSample, Sample_Position \n a , 1 ')).toEqual([{ name: 'a', position: '1' }]);
  });

  it('takes quotes as RFC 4180 does, and tells lines as an editor counts them', () => {
    const table = read('name,comment\n"a","says ""hi"", twice\nand again"\n\nb,"x"\nc');
    expect(table.rows).toEqual([
      { line: 2, cells: { name: 'a', comment: 'says "hi", twice\nand again' } },
      { line: 5, cells: { name: 'b', comment: 'x' } },
    ]);
    expect(table.faults).toEqual([{ line: 6, column: null, message: '1 cells where the heads are 2.' }]);
  });

  it('names every fault of the heads', () => {
    expect(faultsOf('pin;sample position;colour\n1;2;3')).toEqual([
      '1 sample position: This column is “pin” again.',
      '1 colour: There is no such column: take name, position, comment.',
      '1 null: The column “name” is missing.',
    ]);
    expect(faultsOf('')).toEqual(['1 null: The file is empty.']);
    expect(faultsOf('\n\n ,\n')).toEqual(['1 null: The file is empty.']);
  });

  it('says where a quote was never closed, and reads nothing then', () => {
    expect(read('name\n"a\nb').rows).toEqual([]);
    expect(faultsOf('name\na\n"b\nc')).toEqual([
      expect.stringMatching(/^\d null: A quote is opened and never closed\.$/),
    ]);
    expect(faultsOf('name\na"b"\n')).toHaveLength(1);
    expect(faultsOf(`name\n${'a\n'.repeat(5001)}`)).toEqual(['5002 null: At most 5000 lines at once.']);
  });
});
