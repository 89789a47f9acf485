'use client';
import { Image } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '#src/components/ui/badge.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { FrameThumbnail, PreviewPicture, usePreviews } from '#src/features/viewer/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import { datasetHref } from './arriving-card.tsx';
import type { Moment } from './connection.ts';
import { SpotCurve } from './spot-curve.tsx';

type Arriving = CockpitView['arriving'][number];

/** The newest preview of a dataset that arrives, while it is newer than what is stored of its frames: previews travel ahead. */
function usePreviewAhead(view: CockpitView, dataset: Arriving | null) {
  const [newest] = usePreviews({
    datasetId: dataset?.id ?? null,
    instrumentId: view.instrument.id,
    experimentId: dataset?.experimentId ?? null,
    limit: 1,
  });
  return newest && dataset && newest.frame >= dataset.framesStored ? newest : null;
}

/** The newest frame of what this person may see, with its dataset and age; follows while data arrive. */
export function NewestFrame({ view, moment }: { view: CockpitView; moment: Moment }) {
  const receiving = view.arriving.find(({ state }) => state === 'receiving') ?? null;
  const preview = usePreviewAhead(view, receiving);
  const { newestFrame } = view;
  const dataset = preview ? receiving : view.arriving.find(({ id }) => id === newestFrame?.datasetId);
  const at = preview?.storedAt ?? newestFrame?.committedAt;
  if (!dataset || !at) {
    return (
      <Card aria-label="Newest frame">
        <CardHeader title="Newest frame" />
        <EmptyState icon={Image} title="No frame yet" className="py-6">
          The newest frame is drawn here: first a preview of it, then the frame itself when it is stored.
        </EmptyState>
      </Card>
    );
  }
  const href = datasetHref(dataset);
  const spots = newestFrame?.datasetId === dataset.id ? newestFrame.spots : null;
  const picture = preview ? (
    <PreviewPicture key={dataset.id} preview={preview} className="aspect-square" />
  ) : (
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
        <Ago at={at} now={moment.now} className="whitespace-nowrap text-ink-faint text-xs" />
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
      {spots && <SpotCurve line={spots} />}
    </Card>
  );
}
