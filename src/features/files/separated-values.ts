export interface TextTable {
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns in which every cell that holds something is a number, by place. */
  numeric: readonly number[];
}

/** The separator that stands in the first line most often. */
function separatorOf(text: string): string {
  const line = text.slice(0, text.search(/\r?\n|$/));
  const count = (separator: string) => line.split(separator).length;
  return [',', '\t', ';'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/**
 * A table of separated values (RFC 4180; tabs and semicolons too, told by the first line). Where `isCut`, the last line may have lost its end and is
 * left out. At most `most` rows.
 */
export function parseTable(text: string, { isCut, most }: { isCut: boolean; most: number }): TextTable {
  const separator = separatorOf(text);
  const lines: string[][] = [];
  let [cells, cell, isQuoted] = [[] as string[], '', false];
  const endLine = () => {
    cells.push(cell);
    if (cells.length > 1 || cell !== '') lines.push(cells);
    [cells, cell] = [[], ''];
  };
  for (let at = 0; at < text.length && lines.length <= most; at++) {
    const c = text[at]!;
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (c === '"' && cell === '') isQuoted = true;
    else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') endLine();
    else if (c !== '\r') cell += c;
  }
  if (!isCut && lines.length <= most && (cell !== '' || cells.length > 0)) endLine();
  const [head = [], ...rows] = lines;
  const kept = rows.slice(0, most);
  const numeric = head.flatMap((_, column) => {
    const told = kept.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '');
    return told.length > 0 && told.every((value) => Number.isFinite(Number(value))) ? [column] : [];
  });
  return { head, rows: kept, numeric };
}
