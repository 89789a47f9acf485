import { numberText } from './number-text.ts';
import { cellText } from './reading/decode-values.ts';
import type { Slice } from './reading/read-slice.ts';

export const MOST_CSV_VALUES = 5_000_000;

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A slice of up to two axes as lines of a table, as its values are: no head but the names of a record's members. */
export function sliceCsv(slice: Slice): string {
  if (slice.kind === 'cells') {
    const [first = []] = slice.cells;
    const rows = first.map((_, n) => slice.cells.map((column) => quoted(cellText(column[n]!))).join(','));
    const isRecord = slice.columns.length > 1 || slice.columns[0] !== '';
    return [...(isRecord ? [slice.columns.map(quoted).join(',')] : []), ...rows, ''].join('\n');
  }
  const { values, shape, names } = slice;
  const across = shape.length === 2 ? shape[1]! : 1;
  const lines: string[] = [];
  for (let at = 0; at < values.length; at += across) {
    const row: string[] = [];
    for (let i = at; i < at + across; i++) {
      const text = numberText(values[i]!, slice.dtype);
      row.push(names ? quoted(names[text] ?? text) : text);
    }
    lines.push(row.join(','));
  }
  return `${lines.join('\n')}\n`;
}
