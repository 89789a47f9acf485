'use client';

import Link from 'next/link';
import { exactBytes } from '#src/components/format.ts';
import { usePreviews } from './use-previews.ts';

const MOST = 100;

/** Small pictures of frames through the whole dataset, in their order; each leads to its frame. Nothing where there are none. */
export function PreviewStrip({
  datasetId,
  instrumentId,
  experimentId,
  basePath,
}: {
  datasetId: string;
  instrumentId: string;
  experimentId: string | null;
  /** Address of the viewer without the image number. */
  basePath: string;
}) {
  const previews = usePreviews({ datasetId, instrumentId, experimentId, limit: MOST }).toReversed();
  if (previews.length === 0) return null;
  return (
    <ul aria-label="Previews" className="flex gap-1.5 overflow-x-auto pb-1">
      {previews.map(({ frame, url, sizeBytes }) => (
        <li key={frame} className="shrink-0">
          <Link
            href={`${basePath}/${frame + 1}`}
            title={`frame ${frame + 1}, preview of ${exactBytes(sizeBytes)}`}
          >
            {/* biome-ignore lint/performance/noImgElement: signed addresses of the data server, which an image optimiser cannot fetch */}
            <img
              src={url}
              alt={`Frame ${frame + 1}`}
              loading="lazy"
              className="h-20 w-auto rounded-sm border bg-sunken object-contain"
            />
            <span className="block text-center font-mono text-2xs text-ink-faint">{frame + 1}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
