import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';

export interface CsvFault {
  /** 1 is the line of the heads. */
  line: number;
  /** As its head stands in the file; null when the fault is of the whole line. */
  column: string | null;
  message: string;
}

export interface CsvRow {
  line: number;
  /** By the names of the columns known; a cell that the file has no column for is undefined. */
  cells: Readonly<Record<string, string | undefined>>;
}

export interface CsvTable {
  rows: CsvRow[];
  faults: CsvFault[];
  /** Heads as they stand in the file, by the name of the column. */
  heads: Readonly<Record<string, string>>;
}

/** How an import ended, or would end. */
export interface CsvOutcome {
  /** False when it was tried only, or something is wrong. */
  applied: boolean;
  added: number;
  updated: number;
  unchanged: number;
  /** Every fault of every line, the first lines first; of very many the first `MOST_FAULTS`. */
  faults: CsvFault[];
  /** How many there are. */
  faultsInAll: number;
  /** What is no fault, and yet not as somebody who reads the line would think. */
  notes?: { line: number; message: string }[];
}

/** Faults that are told at once; whoever has more mends these first. */
const MOST_FAULTS = 200;

/** Faults as they are told. */
export const toldFaults = (faults: readonly CsvFault[]): Pick<CsvOutcome, 'faults' | 'faultsInAll'> => ({
  faults: faults.toSorted((a, b) => a.line - b.line).slice(0, MOST_FAULTS),
  faultsInAll: faults.length,
});

/** Names of columns and how else people write them; compared without case, spaces, hyphens and underscores. */
export type CsvColumns = Readonly<Record<string, readonly string[]>>;

const DELIMITERS = [';', '\t', ','] as const;
const MOST_ROWS = 5000;

/** The sign that stands most often in the line of the heads, outside quotes; a comma where none does. */
export function delimiterOf(text: string): string {
  const head = (text.split(/\r\n|\n|\r/, 1)[0] ?? '').replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (sign: string) => head.split(sign).length - 1;
  return DELIMITERS.reduce<string>((best, sign) => (count(sign) > count(best) ? sign : best), ',');
}

const plain = (head: string) => head.toLowerCase().replaceAll(/[\s_-]/g, '');

/**
 * Reads a table of comma-, semicolon- or tab-separated values with a line of heads (RFC 4180: quotes around cells, doubled within). Every fault is
 * told with its line: an unknown or repeated column, a missing required one, lines of another length, quotes never closed. Lines without any
 * text are skipped.
 */
export function readCsv(text: string, columns: CsvColumns, required: readonly string[]): CsvTable {
  const table: CsvTable = { rows: [], faults: [], heads: {} };
  const lines = recordsOf(text, table.faults);
  const [first, ...rest] = lines;
  if (!first) {
    if (table.faults.length === 0)
      table.faults.push({ line: 1, column: null, message: 'The file is empty.' });
    return table;
  }
  const names = first.cells.map((head) => nameOf(head, columns));
  const heads: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const head = first.cells[index]!;
    const known = Object.keys(columns).join(', ');
    if (name === null)
      table.faults.push({ line: 1, column: head, message: `There is no such column: take ${known}.` });
    else if (name in heads)
      table.faults.push({ line: 1, column: head, message: `This column is “${heads[name]}” again.` });
    else heads[name] = head;
  }
  for (const name of required) {
    if (!(name in heads))
      table.faults.push({ line: 1, column: null, message: `The column “${name}” is missing.` });
  }
  if (rest.length > MOST_ROWS)
    table.faults.push({ line: MOST_ROWS + 2, column: null, message: `At most ${MOST_ROWS} lines at once.` });
  for (const { line, cells } of rest.slice(0, MOST_ROWS)) {
    if (cells.length !== names.length) {
      table.faults.push({
        line,
        column: null,
        message: `${cells.length} cells where the heads are ${names.length}.`,
      });
    } else {
      const entries = names.flatMap((name, index) => (name === null ? [] : [[name, cells[index]!] as const]));
      table.rows.push({ line, cells: Object.fromEntries(entries) });
    }
  }
  return { ...table, heads };
}

function nameOf(head: string, columns: CsvColumns): string | null {
  const typed = plain(head);
  const found = Object.entries(columns).find(([name, others]) =>
    [name, ...others].some((word) => plain(word) === typed),
  );
  return found?.[0] ?? null;
}

function recordsOf(text: string, faults: CsvFault[]): { line: number; cells: string[] }[] {
  try {
    const records = parse(text, {
      bom: true,
      delimiter: delimiterOf(text.replace(/^\uFEFF/, '')),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as { info: InfoRecord; record: string[] }[];
    // `lines` counts those read up to the end of the record: a cell of several lines moves it on.
    return records.map(({ info, record }) => ({
      line: info.lines - record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0),
      cells: record,
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    faults.push({ line, column: null, message: FAULTS[error.code] ?? 'This line cannot be read.' });
    return [];
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'A quote is opened and never closed.',
  INVALID_OPENING_QUOTE: 'A quote stands in the middle of a cell: double it, and put the cell in quotes.',
  CSV_INVALID_CLOSING_QUOTE: 'Text follows a closing quote: double quotes within a cell.',
};
