'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { numberText } from './number-text.ts';
import { cellText } from './reading/decode-values.ts';
import type { Slice } from './reading/read-slice.ts';
import type { AxisChoice } from './slice-expression.ts';

const ROW = 24;
const HEAD = 64;
const NUMBER_COLUMN = 104;
const LONG_NUMBER_COLUMN = 168;
const WIDE_COLUMN = 320;
const RECORD_COLUMN = 176;

interface Sheet {
  rows: number;
  columns: number;
  width: number;
  align: 'left' | 'right';
  head: (column: number) => string;
  rowHead: (row: number) => number;
  cell: (row: number, column: number) => string;
}

const original = (axis: AxisChoice | undefined, n: number) => (axis ? axis.start + n * axis.step : n);

function sheetOf(slice: Slice, axes: readonly AxisChoice[]): Sheet {
  if (slice.kind === 'cells') {
    const isRecord = slice.columns.length > 1 || slice.columns[0] !== '';
    // Of two axes or more: below each other, in the order of the file.
    return {
      rows: slice.cells[0]?.length ?? 0,
      columns: slice.columns.length,
      width: isRecord ? RECORD_COLUMN : WIDE_COLUMN,
      align: 'left',
      head: (column) => slice.columns[column] ?? '',
      rowHead: (row) => (slice.shape.length === 1 ? original(axes[0], row) : row),
      cell: (row, column) => cellText(slice.cells[column]![row]!),
    };
  }
  const { values, dtype, shape, names } = slice;
  const columns = shape.length === 2 ? shape[1]! : 1;
  return {
    rows: shape.length === 0 ? 1 : shape[0]!,
    columns,
    width: dtype.endsWith('8') || names ? LONG_NUMBER_COLUMN : NUMBER_COLUMN,
    align: 'right',
    rowHead: (row) => original(axes[0], row),
    head: (column) => (shape.length === 2 ? String(original(axes[1], column)) : ''),
    cell: (row, column) => {
      const text = numberText(values[row * columns + column]!, dtype);
      return names ? (names[text] ?? text) : text;
    },
  };
}

/** The values themselves; only those in sight are drawn. */
export function ValuesTable({
  slice,
  axes,
  label,
}: {
  slice: Slice;
  axes: readonly AxisChoice[];
  label: string;
}) {
  const box = useRef<HTMLElement>(null);
  const sheet = sheetOf(slice, axes);
  const rows = useVirtualizer({
    ...{ count: sheet.rows, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 8 },
  });
  const columns = useVirtualizer({
    ...{ horizontal: true, count: sheet.columns, overscan: 3 },
    ...{ getScrollElement: () => box.current, estimateSize: () => sheet.width },
  });
  const hasHead = sheet.head(0) !== '';
  const top = hasHead ? ROW : 0;
  const height = Math.min(480, rows.getTotalSize() + top + 2);
  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must take the arrow keys
      tabIndex={0}
      className="relative overflow-auto rounded-md border bg-surface font-mono text-xs focus-visible:outline-offset-[-2px]"
      style={{ height }}
    >
      <div
        className="relative"
        style={{ height: rows.getTotalSize() + top, width: columns.getTotalSize() + HEAD }}
      >
        {hasHead && (
          <div className="sticky top-0 z-10 border-b bg-surface text-ink-faint" style={{ height: ROW }}>
            {columns.getVirtualItems().map((column) => (
              <span
                key={column.key}
                className="absolute truncate px-2 leading-6"
                style={{ left: HEAD + column.start, width: sheet.width, textAlign: sheet.align }}
              >
                {sheet.head(column.index)}
              </span>
            ))}
          </div>
        )}
        {rows.getVirtualItems().map((row) => (
          <div key={row.key} className="absolute left-0" style={{ top: top + row.start, height: ROW }}>
            <span
              className="absolute truncate px-2 text-right text-ink-faint leading-6"
              style={{ width: HEAD }}
            >
              {sheet.rowHead(row.index)}
            </span>
            {columns.getVirtualItems().map((column) => (
              <span
                key={column.key}
                title={sheet.align === 'right' ? undefined : sheet.cell(row.index, column.index)}
                className="absolute truncate px-2 leading-6"
                style={{
                  left: HEAD + column.start,
                  width: sheet.width,
                  textAlign: sheet.align,
                }}
              >
                {sheet.cell(row.index, column.index)}
              </span>
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}
