'use client';

import { useStoredImage } from '#src/components/use-stored-image.ts';
import { usePreviews } from './use-previews.ts';

/**
 * The newest preview of a dataset in the room of a list's row, live; asked for when the row is shown. Datasets without previews (those of
 * files) and such as are on their way have the same room, empty.
 */
export function PreviewThumbnail({
  datasetId,
  instrumentId,
  experimentId,
}: {
  datasetId: string;
  instrumentId: string;
  experimentId: string | null;
}) {
  const [newest] = usePreviews({ datasetId, instrumentId, experimentId, limit: 1 });
  const shown = useStoredImage(newest?.url ?? null, newest?.frame ?? 0);
  const box = 'size-10 shrink-0 rounded-sm border bg-sunken';
  if (!shown) return <span aria-hidden className={`${box} block`} />;
  return (
    // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
    <img
      src={shown.address}
      alt={`Frame ${shown.about + 1}, preview`}
      width={40}
      height={40}
      className={`${box} object-contain`}
    />
  );
}
