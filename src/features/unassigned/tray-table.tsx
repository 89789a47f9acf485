'use client';
import { Download, Layers } from 'lucide-react';
import Link from 'next/link';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { ClockTime, RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { frameWords } from '#src/shared/model/frame-words.ts';
import { notGivable, type TrayRow, trayKey } from './tray-row.ts';

function Standing({ row }: { row: TrayRow }) {
  if (!row.frames) return null;
  const words = frameWords(row.frames);
  return (
    <Status tone={words.tone} title={words.sentence} className="font-mono text-xs">
      {words.badge}
    </Status>
  );
}

function Row({
  row,
  viewerHref,
  isSelected,
  onSelect,
  onDownload,
}: {
  row: TrayRow;
  viewerHref: string | null;
  isSelected: boolean;
  onSelect: (selected: boolean) => void;
  onDownload: (() => void) | null;
}) {
  const refusal = notGivable(row);
  return (
    <Tr data-selected={isSelected}>
      <Td className="w-0">
        <input
          type="checkbox"
          aria-label={`Select ${row.path}`}
          title={refusal ?? undefined}
          checked={isSelected}
          disabled={refusal !== null}
          onChange={(event) => onSelect(event.currentTarget.checked)}
          className="accent-(--accent)"
        />
      </Td>
      <Td>
        <div className="grid gap-0.5 py-1.5">
          <span className="wrap-anywhere font-mono">{row.path}</span>
          <span className="text-ink-soft text-xs">{row.reason}</span>
        </div>
      </Td>
      <Td className="whitespace-nowrap text-xs">
        <Standing row={row} />
        {row.sizeBytes !== null && (
          <div className="text-ink-soft" title={exactBytes(row.sizeBytes)}>
            {formatBytes(row.sizeBytes)}
          </div>
        )}
      </Td>
      <Td className="text-ink-soft text-xs max-md:hidden">{row.source}</Td>
      <Td className="whitespace-nowrap text-ink-soft text-xs max-sm:hidden">
        <ClockTime at={row.at} />
        <div className="text-ink-faint">
          <RelativeTime at={row.at} />
        </div>
      </Td>
      <Td className="w-0 whitespace-nowrap text-right">
        {viewerHref && row.frames && row.frames.framesStored > 0 && (
          <Button look="quiet" size="icon-sm" asChild>
            <Link href={viewerHref} aria-label={`Open ${row.path} in the viewer`} title="Open in the viewer">
              <Layers aria-hidden />
            </Link>
          </Button>
        )}
        {onDownload && (
          <Button
            look="quiet"
            size="icon-sm"
            aria-label={`Download ${row.path}`}
            title="Download"
            onClick={onDownload}
          >
            <Download aria-hidden />
          </Button>
        )}
      </Td>
    </Tr>
  );
}

/** What is in the tray, with what can be done about each. */
export function TrayTable({
  rows,
  selected,
  onSelected,
  viewerHref,
  onDownload,
}: {
  rows: readonly TrayRow[];
  /** Keys of rows. */
  selected: ReadonlySet<string>;
  onSelected: (selected: ReadonlySet<string>) => void;
  viewerHref: (row: TrayRow) => string | null;
  onDownload: (row: TrayRow) => void;
}) {
  const givable = rows.filter((row) => notGivable(row) === null).map(trayKey);
  const allSelected = givable.length > 0 && givable.every((key) => selected.has(key));
  const toggle = (key: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(key);
    else next.delete(key);
    onSelected(next);
  };
  return (
    <div className="overflow-x-auto rounded-lg border bg-surface">
      <Table>
        <thead>
          <tr>
            <Th className="w-0">
              <input
                type="checkbox"
                aria-label="Select all"
                checked={allSelected}
                disabled={givable.length === 0}
                onChange={() => onSelected(allSelected ? new Set() : new Set(givable))}
                className="accent-(--accent)"
              />
            </Th>
            <Th>Name and why it is here</Th>
            <Th>Frames, size</Th>
            <Th className="max-md:hidden">From</Th>
            <Th className="max-sm:hidden">Acquired</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = trayKey(row);
            return (
              <Row
                key={key}
                row={row}
                viewerHref={viewerHref(row)}
                isSelected={selected.has(key)}
                onSelect={(on) => toggle(key, on)}
                onDownload={row.kind === 'file' ? () => onDownload(row) : null}
              />
            );
          })}
        </tbody>
      </Table>
    </div>
  );
}
