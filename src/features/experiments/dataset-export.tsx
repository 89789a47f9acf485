'use client';
import { useMutation } from '@tanstack/react-query';
import { FileDown, Sheet } from 'lucide-react';
import { useState } from 'react';
import { copyText } from '#src/components/copy-text.ts';
import { saveText } from '#src/components/save-file.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent } from '#src/components/ui/dialog.tsx';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '#src/components/ui/dropdown-menu.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPCClient } from '#src/features/shell/index.ts';
import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import { datasetsCsv } from './dataset-csv.ts';
import { asLatex, asTabs, hasMerging, tableOne } from './table-one.ts';
import { askedBy, type DatasetFilters } from './use-dataset-filters.ts';

const PAGE = 200;
/** More columns than this no page holds. */
const MOST_COLUMNS = 12;

function TableOne({ rows }: { rows: readonly DatasetSummary[] }) {
  const merged = rows.filter(hasMerging);
  if (merged.length === 0) {
    return (
      <EmptyState icon={Sheet} title="No merged result among these datasets">
        Table 1 is made of the best results of DIALS full, XDS or autoPROC. Run one of them, or widen the
        filters.
      </EmptyState>
    );
  }
  const table = tableOne(merged.slice(0, MOST_COLUMNS));
  return (
    <div className="grid grid-cols-1 gap-3">
      <ScrollBox className="overflow-auto rounded-md border">
        <table className="w-full border-collapse text-xs">
          <thead>
            <tr className="bg-sunken text-left">
              <th aria-label="Quantity" />
              {table.columns.map((name) => (
                <th key={name} className="whitespace-nowrap px-2 py-1 font-mono font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map(({ label, values }) => (
              <tr key={label} className="border-t">
                <th scope="row" className="whitespace-nowrap px-2 py-1 text-left font-normal text-ink-soft">
                  {label}
                </th>
                {values.map((value, column) => (
                  <td key={table.columns[column]} className="whitespace-nowrap px-2 py-1 tabular-nums">
                    {value || '—'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <p className="text-ink-faint text-xs">
        Values of the outer shell in parentheses. What the job did not tell is left open
        {merged.length > MOST_COLUMNS
          ? `; the first ${MOST_COLUMNS} of ${merged.length}, narrow the list for others`
          : ''}
        .
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void copyText(asTabs(table), 'the table')}>Copy for a spreadsheet</Button>
        <Button onClick={() => void copyText(asLatex(table), 'the table')}>Copy as LaTeX</Button>
      </div>
    </div>
  );
}

/** What the table holds, all of it that the filters let through, as a file or as the table of a paper. */
export function DatasetExport({
  experimentId,
  code,
  filters,
}: {
  experimentId: string;
  code: string;
  filters: DatasetFilters;
}) {
  const client = useTRPCClient();
  const [paper, setPaper] = useState<readonly DatasetSummary[] | null>(null);
  const read = useMutation({
    mutationFn: async (_: 'csv' | 'table') => {
      const rows: DatasetSummary[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: DatasetSummary[]; nextCursor: string | null } = await client.datasets.list.query(
          {
            ...{ experimentId, ...askedBy(filters), cursor, limit: PAGE },
          },
        );
        rows.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return rows;
    },
    onSuccess: (rows, as) => {
      if (as === 'csv') saveText(datasetsCsv(rows), `${code}-datasets.csv`, 'text/csv');
      else setPaper(rows);
    },
    onError: (error) => toast.failed(error),
  });
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button busy={read.isPending}>
            <FileDown aria-hidden /> Export
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => read.mutate('csv')}>
            <FileDown aria-hidden /> All columns as CSV
          </MenuItem>
          <MenuItem onSelect={() => read.mutate('table')}>
            <Sheet aria-hidden /> Table 1 of a paper
          </MenuItem>
        </MenuContent>
      </Menu>
      <Dialog open={paper !== null} onOpenChange={() => setPaper(null)}>
        <DialogContent title="Table 1" className="max-w-4xl">
          {paper && <TableOne rows={paper} />}
        </DialogContent>
      </Dialog>
    </>
  );
}
