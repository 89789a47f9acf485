'use client';

import type { ReactNode } from 'react';
import { PreviewPicture } from './preview-picture.tsx';
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
    <div className="flex min-h-0 flex-1 flex-col gap-1 rounded-lg border bg-surface p-2">
      <p className="text-ink-soft text-sm">
        Previews travel ahead: the frames themselves appear here as soon as they are stored.
      </p>
      <PreviewPicture preview={newest} className="max-h-[70dvh]" />
    </div>
  );
}
