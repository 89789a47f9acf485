'use client';
import { Image } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '#src/components/ui/badge.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { FrameThumbnail } from '#src/features/viewer/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import { datasetHref } from './arriving-card.tsx';
import type { Moment } from './connection.ts';

/** The frame that came into the store last, of what this person may see, with its dataset and age; follows while data arrive. */
export function NewestFrame({ view, moment }: { view: CockpitView; moment: Moment }) {
  const { newestFrame } = view;
  const dataset = newestFrame && view.arriving.find(({ id }) => id === newestFrame.datasetId);
  if (!newestFrame || !dataset) {
    return (
      <Card aria-label="Newest frame">
        <CardHeader title="Newest frame" />
        <EmptyState icon={Image} title="No frame yet" className="py-6">
          The frame that came into the store last is drawn here.
        </EmptyState>
      </Card>
    );
  }
  const href = datasetHref(dataset);
  const picture = (
    // Another dataset begins with an empty picture: the former's frame must not stand under its name.
    <FrameThumbnail
      key={dataset.id}
      datasetId={dataset.id}
      instrumentId={view.instrument.id}
      experimentId={dataset.experimentId}
    />
  );
  return (
    <Card aria-label="Newest frame">
      <CardHeader title="Newest frame">
        <Ago
          at={newestFrame.committedAt}
          now={moment.now}
          className="whitespace-nowrap text-ink-faint text-xs"
        />
      </CardHeader>
      <p className="flex flex-wrap items-baseline gap-x-2 px-3 pt-2">
        <span className="wrap-anywhere min-w-0 font-mono text-ink-soft text-xs">
          {dataset.base.replace(/^raw\//, '')}
        </span>
        {dataset.experimentId === null && <Badge tone="warn">unassigned</Badge>}
      </p>
      {href ? (
        <Link href={href} className="block p-2" title={`Open ${dataset.base} in the viewer`}>
          {picture}
        </Link>
      ) : (
        <div className="p-2">{picture}</div>
      )}
    </Card>
  );
}
