'use client';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { formatBytes, formatCount } from '#src/components/format.ts';
import { Plot } from '#src/components/plot.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { parseTable, type TextTable } from './separated-values.ts';
import { fetchStored, nameOfAddress } from './stored-bytes.ts';

const TABLE_BYTES = 4 * 1024 * 1024;
const ROWS_PLOTTED = 20_000;
const ROWS_SHOWN = 200;

/** One column over another; the first of numbers over the row where nothing else is chosen. */
function TablePlot({ table, name }: { table: TextTable; name: string }) {
  const { head, rows, numeric } = table;
  const [x, setX] = useState<number | null>(numeric.length > 1 ? numeric[0]! : null);
  const [y, setY] = useState<number>(numeric[numeric.length > 1 ? 1 : 0]!);
  const traces = useMemo(() => {
    const numberAt = (row: readonly string[], column: number) => {
      const cell = row[column]?.trim();
      return cell ? Number(cell) : null;
    };
    return [
      {
        ...{ type: 'scatter', mode: rows.length > 400 ? 'lines' : 'lines+markers', marker: { size: 4 } },
        x: rows.map((row, i) => (x === null ? i + 1 : numberAt(row, x))),
        y: rows.map((row) => numberAt(row, y)),
      },
    ];
  }, [rows, x, y]);
  const layout = useMemo(
    () => ({
      ...{ xaxis: { title: { text: x === null ? 'row' : head[x] } }, yaxis: { title: { text: head[y] } } },
      ...{ showlegend: false, margin: { l: 52, r: 8, t: 8, b: 36 } },
    }),
    [head, x, y],
  );
  const options = numeric.map((column) => (
    <option key={column} value={column}>
      {head[column] || `column ${column + 1}`}
    </option>
  ));
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-1.5 text-xs">
        <NativeSelect
          aria-label="Plotted upwards"
          className="min-w-0 flex-1"
          value={y}
          onChange={(event) => setY(Number(event.currentTarget.value))}
        >
          {options}
        </NativeSelect>
        over
        <NativeSelect
          aria-label="Plotted to the right"
          className="min-w-0 flex-1"
          value={x ?? ''}
          onChange={(event) =>
            setX(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))
          }
        >
          <option value="">row</option>
          {options}
        </NativeSelect>
      </div>
      <Plot
        traces={traces}
        layout={layout}
        label={`${head[y]} over ${x === null ? 'the row' : head[x]} in ${name}`}
        className="h-48"
      />
    </div>
  );
}

/** Separated values: a plot of what is numbers, and the first rows. */
export function TablePreview({ url, name, sizeBytes }: { url: string; name: string; sizeBytes: number }) {
  const isCut = sizeBytes > TABLE_BYTES;
  const table = useQuery({
    queryKey: ['file-table', nameOfAddress(url), sizeBytes],
    queryFn: async ({ signal }) => {
      const answer = await fetchStored(url, { first: 0, last: TABLE_BYTES - 1 }, signal);
      return parseTable(await answer.text(), { isCut, most: ROWS_PLOTTED });
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (table.isPending) return <Skeleton className="h-40" />;
  if (table.isError)
    return <ErrorState error={table.error} retry={() => void table.refetch()} className="py-4" />;
  const { head, rows, numeric } = table.data;
  if (head.length === 0) return <p className="text-ink-soft text-xs">The table is empty.</p>;
  const isNumeric = new Set(numeric);
  return (
    <div className="grid grid-cols-1 gap-2">
      {numeric.length > 0 && rows.length > 1 && <TablePlot table={table.data} name={name} />}
      <ScrollBox className="max-h-72 overflow-auto rounded-md border">
        <table className="w-full border-collapse text-2xs">
          <thead className="sticky top-0 bg-sunken">
            <tr>
              {head.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name than their place
                <th key={column} className="whitespace-nowrap px-1.5 py-1 text-left font-medium">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_SHOWN).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
              <tr key={index} className="border-t">
                {head.map((_, column) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: see above
                    key={column}
                    className={`max-w-60 truncate px-1.5 py-0.5 font-mono ${isNumeric.has(column) ? 'text-right' : ''}`}
                  >
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {(rows.length > ROWS_SHOWN || isCut) && (
        <p className="text-ink-faint text-xs">
          The first {formatCount(Math.min(rows.length, ROWS_SHOWN))} rows
          {isCut || rows.length >= ROWS_PLOTTED
            ? `; plotted are the first ${formatCount(rows.length)}, of ${formatBytes(sizeBytes)}.`
            : ` of ${formatCount(rows.length)}.`}
        </p>
      )}
    </div>
  );
}
