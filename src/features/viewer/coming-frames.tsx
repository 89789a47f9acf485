'use client';

import type { ReactNode } from 'react';
import { usePreviews } from './use-previews.ts';

/** The newest preview while no frame of the dataset is stored yet; without one, what is given. */
export function ComingFrames({
  children,
  ...dataset
}: {
  datasetId: string;
  instrumentId: string;
  experimentId: string | null;
  children: ReactNode;
}) {
  const [newest] = usePreviews({ ...dataset, limit: 1 });
  if (!newest) return children;
  return (
    <figure className="flex min-h-0 flex-1 flex-col gap-1 rounded-lg border bg-surface p-2">
      {/* biome-ignore lint/performance/noImgElement: a signed address of the data server, which an image optimiser cannot fetch */}
      <img
        src={newest.url}
        alt={`Preview of frame ${newest.frame + 1}`}
        className="min-h-0 flex-1 object-contain"
      />
      <figcaption className="text-ink-soft text-sm">
        Preview of frame {newest.frame + 1}. The frames themselves appear here as soon as they are stored.
      </figcaption>
    </figure>
  );
}
