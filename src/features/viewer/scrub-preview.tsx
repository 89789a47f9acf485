'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { storedImageQuery, useStoredImage } from '#src/components/use-stored-image.ts';
import type { DatasetPreview } from '#src/server/domain/datasets/datasets.service.ts';
import { nearestPreview, previewsAround } from './nearest-preview.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';

/** A frame that is here sooner needs no preview, and one that flashes up disturbs. */
const AFTER_MS = 120;

/** Previews about the frame that are fetched before somebody steps to them. */
const AHEAD = 4;

/** On a slow link the next steps need previews too, and before the frame. */
export function usePreviewsAhead(
  previews: readonly DatasetPreview[],
  frame: number,
  isWanted: boolean,
): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!isWanted) return;
    for (const { url } of previewsAround(previews, frame, AHEAD))
      void queryClient.prefetchQuery(storedImageQuery(url));
  }, [queryClient, previews, frame, isWanted]);
}

/** In place of a frame that is still on its way: the preview of it or of one close by. */
export function ScrubPreview({
  previews,
  frame,
  frames,
  shape,
  view,
  canvas,
  isAtOnce,
}: {
  previews: readonly DatasetPreview[];
  frame: number;
  frames: number;
  shape: readonly [number, number];
  view: ViewTransform;
  canvas: CanvasSize;
  /** The frame will take long. */
  isAtOnce: boolean;
}) {
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const near = isDue || isAtOnce ? nearestPreview(previews, frame, frames) : null;
  const image = useStoredImage(near?.url ?? null, near?.frame ?? 0);
  if (!near || !image) return null;
  const { density } = canvas;
  return (
    <div className="pointer-events-none absolute inset-0 overflow-hidden bg-surface">
      {/* biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch */}
      <img
        src={image.address}
        alt={`Frame ${image.about + 1}, preview`}
        className="absolute max-w-none"
        style={{
          left: view.x / density,
          top: view.y / density,
          width: (shape[1] * view.scale) / density,
          height: (shape[0] * view.scale) / density,
        }}
      />
      <span className="absolute right-3 bottom-3 rounded-md border bg-ground px-2 py-0.5 font-mono text-xs">
        preview of frame {image.about + 1}
      </span>
    </div>
  );
}
