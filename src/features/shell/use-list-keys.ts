'use client';
import { useRef, useState } from 'react';
import { useKeys } from './keys.tsx';

/** Keys of a page that is a list: "/" goes to its search, the arrows move the current row, Enter opens it. */
export function useListKeys<Row>(
  title: string,
  { rows, what, open }: { rows: readonly Row[]; what: string; open: (row: Row) => void },
) {
  const [current, setCurrent] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  useKeys(title, [
    { keys: '/', does: 'Search', run: () => searchBox.current?.focus() },
    {
      keys: 'ArrowDown',
      does: `Next ${what}`,
      run: () => setCurrent((index) => Math.min(index + 1, rows.length - 1)),
    },
    { keys: 'ArrowUp', does: `Previous ${what}`, run: () => setCurrent((index) => Math.max(index - 1, 0)) },
    {
      keys: 'Enter',
      does: 'Open',
      run: () => {
        const row = rows[current];
        if (row) open(row);
      },
    },
  ]);
  return { current, setCurrent, searchBox };
}
