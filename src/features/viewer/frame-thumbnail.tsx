'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { colourTable } from './colour-maps.ts';
import { autoContrast } from './contrast.ts';
import { FrameLoader, type LoadedFrame } from './frame-loader.ts';
import { FrameLocator } from './frame-locator.ts';

const THUMBNAIL_SIDE_PX = 512;

function paint(canvas: HTMLCanvasElement, frame: LoadedFrame): void {
  const [rows, columns] = frame.shape;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) return;
  const picture = context.createImageData(columns, rows);
  const colours = colourTable('grey', true);
  const { low, high } = autoContrast(frame.statistics);
  const invalid = dtypeInvalidValue(frame.dtype);
  for (let i = 0; i < frame.pixels.length; i++) {
    const raw = frame.pixels[i]!;
    // Blocks without a measurement stay transparent.
    if (raw === invalid || Number.isNaN(raw)) continue;
    const value = Number(raw);
    const shade = Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * 255);
    picture.data.set(colours.subarray(shade * 4, shade * 4 + 4), i * 4);
  }
  context.putImageData(picture, 0, 0);
}

/** The newest stored frame of a dataset as a small picture (mask-aware maximum of each block); follows while data arrive. */
export function FrameThumbnail({
  datasetId,
  instrumentId,
  experimentId,
}: {
  datasetId: string;
  instrumentId: string;
  experimentId: string | null;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const loaderRef = useRef<FrameLoader | null>(null);
  const [painted, setPainted] = useState<number | null>(null);
  const index = useQuery(trpc.datasets.frameIndex.queryOptions({ datasetId }));
  // Staff hear the instrument, members their experiment; a topic somebody may not hear is silent.
  useLive(
    [`instrument:${instrumentId}`, experimentId !== null && (`experiment:${experimentId}` as const)],
    (event) => {
      if (event.kind === 'dataset.changed' && event.data.datasetId === datasetId)
        void queryClient.invalidateQueries(trpc.datasets.frameIndex.queryFilter({ datasetId }));
    },
  );
  useEffect(
    () => () => {
      loaderRef.current?.close();
      loaderRef.current = null;
    },
    [],
  );

  const data = index.data;
  const newest = useMemo(() => {
    if (!data) return null;
    const locator = new FrameLocator(data.files);
    const frame = locator.end - 1;
    const location = frame < 0 ? null : locator.locate(frame);
    const channel = data.channels.find((c) => c.name === data.channel);
    return location && channel
      ? { frame, location, channel, saturation: data.geometry.saturationValue ?? null }
      : null;
  }, [data]);

  useEffect(() => {
    if (!newest) return;
    loaderRef.current ??= new FrameLoader(16 * 1024 * 1024, 1);
    let isOvertaken = false;
    const key = `${datasetId}/${newest.frame}`;
    loaderRef.current.keepOnly(new Set([key]));
    loaderRef.current
      .load(key, newest.location, newest.channel, {
        saturation: newest.saturation,
        binTo: THUMBNAIL_SIDE_PX,
      })
      .then((frame) => {
        if (isOvertaken || !canvasRef.current) return;
        paint(canvasRef.current, frame);
        setPainted(newest.frame);
      })
      .catch(() => {
        // The picture and its number stay what they were; the next frame or the next index tries again.
        return;
      });
    return () => {
      isOvertaken = true;
    };
  }, [newest, datasetId]);

  return (
    <figure className="flex min-h-0 flex-col gap-1">
      <canvas
        ref={canvasRef}
        role="img"
        aria-label={painted === null ? 'No frame yet' : `Newest frame, number ${painted + 1}`}
        className="aspect-square w-full rounded-md border border-line bg-sunken object-contain"
      />
      <figcaption className="font-mono text-ink-faint text-xs tabular-nums">
        {painted !== null
          ? `frame ${painted + 1}`
          : newest || index.isPending
            ? 'loading…'
            : data && data.framesStored > 0
              ? 'stored in files whose frames are not drawn here'
              : 'no frame stored yet'}
      </figcaption>
    </figure>
  );
}
