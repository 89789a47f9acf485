'use client';

import { useMemo, useState } from 'react';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { Input } from '#src/components/ui/input.tsx';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { type HeaderRow, headerRows, otherRows } from './header-rows.ts';
import { PanelPart } from './panel-part.tsx';

const Rows = ({ rows }: { rows: readonly HeaderRow[] }) => (
  <dl className="grid gap-y-1 text-xs">
    {rows.map(({ name, value }) => (
      <div key={name} className="grid grid-cols-[8rem_minmax(0,1fr)] gap-2">
        <dt className="break-words text-ink-soft">{name}</dt>
        <dd className="break-words text-right font-mono">{value}</dd>
      </div>
    ))}
  </dl>
);

/** What the source said of the measurement, and what else it sent along. */
export function HeaderPanel({ index, userData }: { index: FrameIndex; userData: unknown }) {
  const [search, setSearch] = useState('');
  const known = useMemo(() => headerRows(index.geometry, index.channels), [index.geometry, index.channels]);
  const other = useMemo(() => otherRows(userData), [userData]);
  const wanted = search.trim().toLowerCase();
  const found = (rows: readonly HeaderRow[]) =>
    rows.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted));
  const all = [...known, ...other].map(({ name, value }) => `${name}\t${value}`).join('\n');
  const foundKnown = found(known);
  const foundOther = found(other);
  return (
    <>
      <PanelPart title="Header">
        <div className="flex items-center gap-1">
          <Input
            aria-label="Search the header"
            placeholder="Search"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <CopyButton text={all} what="the header" />
        </div>
        <Rows rows={foundKnown} />
        {foundKnown.length + foundOther.length === 0 && (
          <p className="text-ink-faint text-xs">Nothing of that name or value.</p>
        )}
      </PanelPart>
      {foundOther.length > 0 && (
        <PanelPart title="Sent along">
          <Rows rows={foundOther} />
        </PanelPart>
      )}
    </>
  );
}
