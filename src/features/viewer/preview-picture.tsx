'use client';

import { cn } from '#src/components/class-names.ts';
import { useStoredImage } from '#src/components/use-stored-image.ts';
import type { DatasetPreview } from '#src/server/domain/datasets/datasets.service.ts';

/** One preview with the number of its frame; the former one stays until the next is here. */
export function PreviewPicture({
  preview,
  className,
}: {
  preview: Pick<DatasetPreview, 'url' | 'frame'>;
  className?: string;
}) {
  const shown = useStoredImage(preview.url, preview.frame);
  const box = cn('w-full rounded-md border bg-sunken object-contain', className);
  return (
    <figure className="flex min-h-0 flex-col gap-1">
      {shown ? (
        // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
        <img src={shown.address} alt={`Newest frame, number ${shown.about + 1}`} className={box} />
      ) : (
        <span aria-hidden className={cn(box, 'block')} />
      )}
      <figcaption className="font-mono text-ink-faint text-xs tabular-nums">
        {shown ? `frame ${shown.about + 1}, preview` : 'loading…'}
      </figcaption>
    </figure>
  );
}
