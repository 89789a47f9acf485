'use client';
import { Columns3 } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import {
  Menu,
  MenuCheckboxItem,
  MenuContent,
  MenuItem,
  MenuTrigger,
} from '#src/components/ui/dropdown-menu.tsx';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { DATASET_COLUMNS, type DatasetColumn } from './dataset-columns.ts';
import type { useDatasetColumns } from './use-dataset-columns.ts';

/** Which columns stand beside the name. */
export function ColumnMenu({
  metrics,
  choice: { columns, toggle, reset, isChosen },
}: {
  metrics: readonly TemplateMetric[];
  choice: ReturnType<typeof useDatasetColumns>;
}) {
  const item = (id: DatasetColumn, word: string, means?: string) => (
    <MenuCheckboxItem
      key={id}
      checked={columns.includes(id)}
      // The menu stays: several are chosen at once.
      onSelect={(event) => event.preventDefault()}
      onCheckedChange={() => toggle(id)}
    >
      {word}
      {means && <span className="text-ink-faint text-xs">{means}</span>}
    </MenuCheckboxItem>
  );
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button className="max-md:hidden">
          <Columns3 aria-hidden /> Columns
        </Button>
      </MenuTrigger>
      <MenuContent align="end" className="max-h-[70vh] overflow-y-auto">
        {DATASET_COLUMNS.map(({ id, word, means }) => item(id, word, means))}
        {metrics.map(({ name, label, unit }) => item(`metric:${name}`, label, unit ?? undefined))}
        {isChosen && <MenuItem onSelect={reset}>The usual columns</MenuItem>}
      </MenuContent>
    </Menu>
  );
}
