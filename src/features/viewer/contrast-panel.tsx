'use client';

import { useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { COLOUR_MAP_NAMES } from './colour-maps.ts';
import type { FrameStatistics } from './contrast.ts';
import { ContrastBar } from './contrast-bar.tsx';
import { frameHistogram, histogramBins, histogramDomain } from './frame-histogram.ts';
import type { Transfer } from './frame-renderer.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import { PanelCheck, PanelPart } from './panel-part.tsx';
import { MASK_COLOURS, type ViewerStore } from './viewer-store.ts';

interface ContrastPanelProps {
  store: ViewerStore;
  measured: MeasuredFrame | null;
  statistics: FrameStatistics | null;
  range: { low: number; high: number };
  hasMask: boolean;
}

const HEIGHT = 100;
const figure = (value: number) => String(Number(value.toPrecision(4)));
const TRANSFER_WORDS: Record<Transfer, string> = {
  linear: 'linear',
  log: 'logarithmic',
  sqrt: 'square root',
};

function Histogram({ store, measured, statistics, range }: Omit<ContrastPanelProps, 'hasMask'>) {
  const svg = useRef<SVGSVGElement>(null);
  const dragged = useRef<'low' | 'high' | null>(null);
  // While a threshold is dragged the axis must stay where it is under the hand.
  const held = useRef<{ low: number; high: number } | null>(null);
  const domain = held.current ?? histogramDomain(statistics, range);
  const bins = histogramBins(domain);
  const { low: from, high: to } = domain;
  const histogram = useMemo(
    () => (measured ? frameHistogram(measured, { low: from, high: to }, bins) : null),
    [measured, from, to, bins],
  );
  if (!histogram) return null;
  const most = Math.log1p(Math.max(1, ...histogram.counts));
  const at = (value: number) => ((value - from) / (to - from)) * 100;
  const valueUnder = (clientX: number): number => {
    const box = svg.current?.getBoundingClientRect();
    const share = box ? (clientX - box.left) / box.width : 0;
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
  const drag = (clientX: number) => {
    const value = Number(valueUnder(clientX).toPrecision(4));
    const { low, high } = store.getState().range ?? range;
    const least = (to - from) / 500;
    if (dragged.current === 'low') store.setState({ range: { low: Math.min(value, high - least), high } });
    if (dragged.current === 'high') store.setState({ range: { low, high: Math.max(value, low + least) } });
  };
  const release = () => {
    dragged.current = null;
    held.current = null;
  };
  return (
    <div className="grid gap-1">
      <svg
        ref={svg}
        role="img"
        aria-label="Histogram of the measured pixels, counted logarithmically; drag to set the nearer threshold"
        viewBox={`0 0 100 ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-28 w-full cursor-ew-resize touch-none rounded-sm bg-sunken"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const value = valueUnder(event.clientX);
          held.current = domain;
          dragged.current = Math.abs(value - range.low) < Math.abs(value - range.high) ? 'low' : 'high';
          drag(event.clientX);
        }}
        onPointerMove={(event) => drag(event.clientX)}
        onPointerUp={release}
        onPointerCancel={release}
      >
        <rect
          x={at(range.low)}
          width={Math.max(0, at(range.high) - at(range.low))}
          y={0}
          height={HEIGHT}
          className="fill-hover"
        />
        {[...histogram.counts].map((count, bin) =>
          count === 0 ? null : (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: bins are their places
              key={bin}
              x={(bin * 100) / bins}
              width={100 / bins}
              y={HEIGHT * (1 - (0.95 * Math.log1p(count)) / most)}
              height={(HEIGHT * 0.95 * Math.log1p(count)) / most}
              className="fill-accent"
            />
          ),
        )}
        {[range.low, range.high].map((value, side) => (
          <line
            key={side === 0 ? 'low' : 'high'}
            x1={at(value)}
            x2={at(value)}
            y1={0}
            y2={HEIGHT}
            vectorEffect="non-scaling-stroke"
            strokeWidth={2}
            className="stroke-ink"
          />
        ))}
      </svg>
      <p className="flex justify-between font-mono text-2xs text-ink-faint">
        <span>{from}</span>
        <span>{histogram.above > 0 ? `${to} and more` : to}</span>
      </p>
    </div>
  );
}

/** Thresholds with the histogram they are set by, scale, colours, mask. Nothing here reads or decodes a frame again. */
export function ContrastPanel({ store, measured, statistics, range, hasMask }: ContrastPanelProps) {
  const state = useStore(store);
  return (
    <>
      <PanelPart title="Thresholds">
        <Histogram store={store} measured={measured} statistics={statistics} range={range} />
        <ContrastBar
          range={range}
          automatic={state.range === null}
          onRange={(next) => store.setState({ range: next })}
        />
        {statistics && (
          <p className="text-ink-faint text-xs">
            Mean {figure(statistics.mean)}, median {figure(statistics.p50)}, 99.9 % below{' '}
            {figure(statistics.p999)}. Masked and saturated pixels are left out.
          </p>
        )}
      </PanelPart>
      <PanelPart title="Colours">
        <div className="grid grid-cols-2 gap-2">
          <NativeSelect
            aria-label="Scale"
            value={state.transfer}
            onChange={(event) => store.setState({ transfer: event.currentTarget.value as Transfer })}
          >
            {(['linear', 'log', 'sqrt'] as const).map((name) => (
              <option key={name} value={name}>
                {TRANSFER_WORDS[name]}
              </option>
            ))}
          </NativeSelect>
          <NativeSelect
            aria-label="Colour map"
            value={state.colourMap}
            onChange={(event) => {
              const colourMap = COLOUR_MAP_NAMES.find((name) => name === event.currentTarget.value);
              if (colourMap) store.setState({ colourMap });
            }}
          >
            {COLOUR_MAP_NAMES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </NativeSelect>
        </div>
        <PanelCheck
          label="Inverted: dark spots on white"
          checked={state.inverted}
          onChange={(inverted) => store.setState({ inverted })}
        />
      </PanelPart>
      <PanelPart title="Mask">
        <PanelCheck
          label={
            hasMask ? 'Show masked pixels in one colour' : 'Show pixels without measurement in one colour'
          }
          checked={state.showMask}
          onChange={(showMask) => store.setState({ showMask })}
        />
        <NativeSelect
          aria-label="Colour of the mask"
          value={state.maskColour}
          disabled={!state.showMask}
          onChange={(event) => {
            const maskColour = MASK_COLOURS.find((name) => name === event.currentTarget.value);
            if (maskColour) store.setState({ maskColour });
          }}
        >
          {MASK_COLOURS.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </NativeSelect>
      </PanelPart>
    </>
  );
}
