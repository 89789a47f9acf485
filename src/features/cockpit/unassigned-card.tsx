'use client';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';

/** Data that belong to no experiment, each with the reason: kept, never guessed. Not shown while there are none. */
export function UnassignedCard({ view }: { view: CockpitView }) {
  const { items, total } = view.unassigned;
  if (total === 0) return null;
  return (
    <Card aria-label="Unassigned data">
      <CardHeader
        title="Unassigned data"
        hint={`${total} ${total === 1 ? 'dataset' : 'datasets'} without an experiment`}
      >
        <Status tone="warn">kept, not shown to any group</Status>
      </CardHeader>
      <ul className="divide-y">
        {items.map((row) => (
          <li key={row.id} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 px-3 py-2">
            <span className="truncate font-mono text-sm">{row.base.replace(/^raw\//, '')}</span>
            <RelativeTime at={row.startedAt} className="text-right text-ink-faint text-xs" />
            <span className="truncate text-ink-soft text-xs" title={row.reason ?? undefined}>
              {row.reason}
            </span>
            <span className="text-right font-mono text-xs">
              {row.framesStored}
              {row.framesExpected !== null && `/${row.framesExpected}`} · {row.detectorName}
            </span>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <p className="px-3 py-2 text-ink-faint text-xs">and {total - items.length} older</p>
      )}
    </Card>
  );
}
