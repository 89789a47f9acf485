'use client';
import { Image } from 'lucide-react';
import Link from 'next/link';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { FrameThumbnail } from '#src/features/viewer/index.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { datasetHref } from './arriving-card.tsx';

/** The newest frame that is in the store; follows while data arrive. */
export function NewestFrame({ view }: { view: CockpitView }) {
  const newest = view.arriving
    .filter((row) => row.framesStored > 0 && row.experimentId !== null)
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0];
  const href = newest ? datasetHref(newest) : null;
  return (
    <Card aria-label="Newest frame">
      <CardHeader
        title="Newest frame"
        hint={newest && <span className="font-mono">{newest.base.replace(/^raw\//, '')}</span>}
      />
      {newest && href ? (
        <Link href={href} className="block p-2" title={`Open ${newest.base} in the viewer`}>
          <FrameThumbnail
            datasetId={newest.id}
            instrumentId={view.instrument.id}
            experimentId={newest.experimentId}
          />
        </Link>
      ) : (
        <EmptyState icon={Image} title="No frame yet" className="py-6">
          The newest stored frame of the running series is drawn here.
        </EmptyState>
      )}
    </Card>
  );
}
