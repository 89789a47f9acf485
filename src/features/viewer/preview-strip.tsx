'use client';

import Link from 'next/link';
import { exactBytes } from '#src/components/format.ts';
import { useStoredImage } from '#src/components/use-stored-image.ts';
import type { DatasetPreview } from '#src/server/domain/datasets/datasets.service.ts';
import { usePreviews } from './use-previews.ts';

const MOST = 100;

function Picture({ preview }: { preview: DatasetPreview }) {
  const image = useStoredImage(preview.url, null);
  const number = preview.frame + 1;
  return (
    <>
      {image ? (
        // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
        <img
          src={image.address}
          alt={`Frame ${number}`}
          className="h-20 w-auto rounded-sm border bg-sunken object-contain"
        />
      ) : (
        <span aria-hidden className="block size-20 rounded-sm border bg-sunken" />
      )}
      <span className="block text-center font-mono text-2xs text-ink-faint">{number}</span>
    </>
  );
}

const titleOf = ({ frame, sizeBytes }: DatasetPreview) =>
  `frame ${frame + 1}, preview of ${exactBytes(sizeBytes)}`;

/** Small pictures of frames through the whole dataset, in their order; each leads to its frame. Nothing where there are none. */
export function PreviewStrip({
  datasetId,
  instrumentId,
  experimentId,
  basePath,
  onChoose,
}: {
  datasetId: string;
  instrumentId: string;
  experimentId: string | null;
  /** Address of the viewer without the image number. */
  basePath: string;
  /** In the viewer itself: goes to a frame, 0-based, instead of to its address. */
  onChoose?: (frame: number) => void;
}) {
  const previews = usePreviews({ datasetId, instrumentId, experimentId, limit: MOST }).toReversed();
  if (previews.length === 0) return null;
  return (
    <ul aria-label="Previews" className="flex gap-1.5 overflow-x-auto pb-1">
      {previews.map((preview) => (
        <li key={preview.frame} className="shrink-0">
          {onChoose ? (
            <button type="button" title={titleOf(preview)} onClick={() => onChoose(preview.frame)}>
              <Picture preview={preview} />
            </button>
          ) : (
            <Link href={`${basePath}/${preview.frame + 1}`} title={titleOf(preview)}>
              <Picture preview={preview} />
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
