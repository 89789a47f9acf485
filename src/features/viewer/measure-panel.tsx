'use client';

import { Circle, Slash, Square } from 'lucide-react';
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { CurvePlot } from './curve-plot.tsx';
import type { DetectorPlane } from './detector-plane.ts';
import { STACK_KINDS } from './frame-stack.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import { PanelPart } from './panel-part.tsx';
import { lineProfile, type MarkedShape, regionStatistics } from './region-statistics.ts';
import { TypedNumber } from './typed-number.tsx';
import { useRadialAverage } from './use-radial-average.ts';
import { MOST_STACKED } from './viewer-link.ts';
import type { ViewerStore } from './viewer-store.ts';

interface MeasurePanelProps {
  store: ViewerStore;
  measured: MeasuredFrame | null;
  plane: DetectorPlane | null;
}

const figure = (value: number) => String(Number(value.toPrecision(6)));
const TOOLS = [
  { tool: 'rectangle', label: 'Rectangle', Icon: Square },
  { tool: 'circle', label: 'Circle', Icon: Circle },
  { tool: 'line', label: 'Line', Icon: Slash },
] as const;

function Region({ measured, shape }: { measured: MeasuredFrame; shape: MarkedShape }) {
  const told = useMemo(() => regionStatistics(measured, shape), [measured, shape]);
  if (!told) return <p className="text-ink-faint text-xs">No pixel of it was measured.</p>;
  const rows: [string, string][] = [
    ['sum', figure(told.sum)],
    ['mean', figure(told.mean)],
    ['sigma', figure(told.sigma)],
    ['smallest', figure(told.min)],
    ['largest', `${figure(told.max)} at ${told.maxAt.fast}, ${told.maxAt.slow}`],
    ['pixels', told.leftOut > 0 ? `${told.measured}, ${told.leftOut} left out` : String(told.measured)],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-xs" data-testid="region">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="text-right font-mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Profile({ measured, shape }: { measured: MeasuredFrame; shape: MarkedShape }) {
  const curve = useMemo(() => {
    const y = lineProfile(measured, shape);
    return { x: Float64Array.from(y, (_, i) => i), y };
  }, [measured, shape]);
  return (
    <CurvePlot label="Line profile" xName="px" yName="counts" curve={curve} tell={(x) => `${figure(x)} px`} />
  );
}

/** Regions, line profile, radial average, and several frames as one picture. */
export function MeasurePanel({ store, measured, plane }: MeasurePanelProps) {
  const state = useStore(store);
  const average = useRadialAverage(measured, plane, true);
  const radial = useMemo(() => (average ? { x: average.q, y: average.mean } : null), [average]);
  const { stack } = state;
  return (
    <>
      <PanelPart title="Region or line">
        <div className="flex flex-wrap gap-1.5">
          {TOOLS.map(({ tool, label, Icon }) => (
            <Button
              key={tool}
              size="sm"
              aria-pressed={state.tool === tool}
              className="aria-pressed:text-accent"
              onClick={() => store.setState({ tool: state.tool === tool ? 'move' : tool })}
            >
              <Icon aria-hidden /> {label}
            </Button>
          ))}
          {state.shape && (
            <Button size="sm" look="quiet" onClick={() => store.setState({ shape: null, tool: 'move' })}>
              Clear
            </Button>
          )}
        </div>
        {!state.shape && (
          <p className="text-ink-faint text-xs">
            Choose one and drag over the image. Masked and saturated pixels are left out.
          </p>
        )}
        {state.shape &&
          measured &&
          (state.shape.kind === 'line' ? (
            <Profile measured={measured} shape={state.shape} />
          ) : (
            <Region measured={measured} shape={state.shape} />
          ))}
      </PanelPart>
      <PanelPart title="Radial average">
        {radial && (
          <CurvePlot
            label="Radial average"
            xName="q_per_A"
            yName="counts"
            curve={radial}
            tell={(q) => `${q < 0.00629 ? '∞' : ((2 * Math.PI) / q).toPrecision(3)} Å, q ${q.toFixed(2)}`}
          />
        )}
        {!radial && measured && plane?.wavelengthA && <p className="text-ink-faint text-xs">averaging…</p>}
        {(!plane || plane.wavelengthA === null) && (
          <p className="text-ink-soft text-xs">
            It needs beam centre, distance, pixel size and wavelength: write what is missing under Geometry.
          </p>
        )}
      </PanelPart>
      <PanelPart title="Several frames as one">
        <div className="flex items-center gap-2">
          <NativeSelect
            aria-label="How frames are put together"
            className="w-28"
            value={stack.kind}
            onChange={(event) => {
              const kind = STACK_KINDS.find((name) => name === event.currentTarget.value);
              if (kind) store.setState({ stack: { ...stack, kind } });
            }}
          >
            {STACK_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kind === 'max' ? 'largest' : kind}
              </option>
            ))}
          </NativeSelect>
          <TypedNumber
            label="of frames"
            className="flex-1"
            value={stack.frames}
            digits={0}
            onValue={(value) => {
              if (value === null || value < 1) return;
              store.setState({ stack: { ...stack, frames: Math.min(MOST_STACKED, Math.round(value)) } });
            }}
          />
        </div>
        <p className="text-ink-faint text-xs">
          From the frame shown on. A sum has no value where one of its frames has none.
        </p>
      </PanelPart>
    </>
  );
}
