'use client';

import { useMemo, useState } from 'react';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { type ValueSeries, valueColumns, valueLabel, valueRange } from './frame-values.ts';

/** About one column per two pixels of a wide screen. */
const COLUMNS = 600;

const figure = (value: number) => String(Number(value.toPrecision(4)));

function Curve({ series, frames }: { series: ValueSeries; frames: number }) {
  const columns = useMemo(() => valueColumns(series.values, frames, COLUMNS), [series, frames]);
  const range = valueRange(columns);
  if (!range) return null;
  const y = (value: number) => 100 * (1 - (value - range.low) / (range.high - range.low));
  const width = 100 / columns.length;
  return (
    <>
      {columns.map((column, index) => {
        if (!column) return null;
        const top = y(column.high);
        // Thin where all frames of a column agree, as tall as they differ elsewhere; a hair so that one value is seen.
        const height = Math.max(3, y(column.low) - top);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: columns are their places
            key={index}
            x={index * width}
            y={Math.min(97, top)}
            width={width * 1.02}
            height={height}
            className="fill-accent"
          />
        );
      })}
    </>
  );
}

/** One number per frame over all frames, with the frame that is looked at; a click goes to a frame. The slider below does it by keys. */
export function FrameValuesPlot({
  all,
  frames,
  frame,
  onGoTo,
}: {
  all: readonly ValueSeries[];
  /** Frames of the dataset, as the slider has them. */
  frames: number;
  /** 0-based. */
  frame: number;
  onGoTo: (frame: number) => void;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  const series = all.find(({ name }) => name === chosen) ?? all[0];
  if (!series) return null;
  const value = series.values[frame];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1 px-3 pt-2 sm:grid-cols-[11rem_minmax(0,1fr)]">
      <div className="flex items-center gap-2 text-xs sm:grid sm:content-center sm:gap-0.5">
        <NativeSelect
          aria-label="Number per frame"
          className="h-7 text-xs"
          value={series.name}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {all.map(({ name }) => (
            <option key={name} value={name}>
              {valueLabel(name)}
            </option>
          ))}
        </NativeSelect>
        <output className="whitespace-nowrap font-mono">
          {value === undefined || Number.isNaN(value) ? 'none for this frame' : figure(value)}
        </output>
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the slider below moves by keys */}
      <svg
        role="img"
        aria-label={`${valueLabel(series.name)} of each frame`}
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="h-10 w-full cursor-crosshair rounded-sm bg-sunken"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left) / box.width;
          onGoTo(Math.min(frames - 1, Math.max(0, Math.floor(share * frames))));
        }}
      >
        <Curve series={series} frames={frames} />
        <line
          x1={(100 * (frame + 0.5)) / frames}
          x2={(100 * (frame + 0.5)) / frames}
          y1="0"
          y2="100"
          vectorEffect="non-scaling-stroke"
          strokeWidth={1}
          className="stroke-ink"
        />
      </svg>
    </div>
  );
}
