'use client';
import Link from 'next/link';
import { useState } from 'react';
import { formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import type { Moment } from './connection.ts';

const SHOWN_FOLDED = 3;

/** "3 files"; empty for none. */
const counted = (count: number, one: string) =>
  count === 0 ? '' : `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/**
 * Data that belong to no experiment, each with the reason: kept, never guessed. Stands above everything that is well while there are
 * any, and is not shown while there are none.
 */
export function UnassignedCard({ view, moment }: { view: CockpitView; moment: Moment }) {
  const [open, setOpen] = useState(false);
  const { items, total, files } = view.unassigned;
  if (total === 0 && files === 0) return null;
  const shown = open ? items : items.slice(0, SHOWN_FOLDED);
  return (
    <Card aria-label="Unassigned data">
      <CardHeader
        title="Unassigned data"
        hint={[counted(total, 'dataset'), counted(files, 'file')].filter(Boolean).join(', ')}
      >
        <Link
          href={`/instruments/${view.instrument.slug}/unassigned`}
          className="text-accent text-xs hover:underline"
        >
          give to an experiment
        </Link>
        {items.length > SHOWN_FOLDED && (
          <Button look="quiet" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Fewer' : total > items.length ? `Newest ${items.length}` : `All ${total}`}
          </Button>
        )}
      </CardHeader>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pt-2 text-ink-soft text-xs">
        <Status tone="warn" className="text-xs">
          kept, not shown to any group
        </Status>
        Each belongs to no experiment and stays here until staff of the instrument give it to one.
      </p>
      <ul className="divide-y">
        {shown.map((row) => (
          <li
            key={row.id}
            className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2 text-ink-soft text-xs"
          >
            <span className="wrap-anywhere min-w-0 font-mono text-ink text-sm">
              {row.base.replace(/^raw\//, '')}
            </span>
            <span className="font-mono">
              {row.framesStored}
              {row.framesExpected !== null && `/${row.framesExpected}`} · {row.detectorName}
            </span>
            <span className="min-w-0">{row.reason}</span>
            <Ago
              at={row.startedAt}
              now={moment.now}
              className="ml-auto whitespace-nowrap text-right text-ink-faint"
            />
          </li>
        ))}
      </ul>
      {open && total > items.length && (
        <p className="px-3 pb-2 text-ink-faint text-xs">and {total - items.length} older</p>
      )}
    </Card>
  );
}
