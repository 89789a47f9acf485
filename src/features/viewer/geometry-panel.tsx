'use client';

import { Crosshair } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { type DetectorPlane, type GeometryOverride, wavelengthOf } from './detector-plane.ts';
import { keepGeometry } from './geometry-memory.ts';
import { PanelCheck, PanelPart } from './panel-part.tsx';
import { automaticRings, typedRings } from './resolution-rings.ts';
import { TypedNumber } from './typed-number.tsx';
import type { ViewerStore } from './viewer-store.ts';

interface GeometryPanelProps {
  store: ViewerStore;
  datasetId: string;
  geometry: Geometry;
  plane: DetectorPlane | null;
  shape: readonly [number, number];
}

function Rings({ store, plane, shape }: Pick<GeometryPanelProps, 'store' | 'plane' | 'shape'>) {
  const state = useStore(store);
  const [typed, setTyped] = useState<string | null>(null);
  const told = typed === null ? null : typedRings(typed);
  const chosen = plane ? automaticRings(plane, shape) : [];
  const isUnknown = plane === null || plane.wavelengthA === null;
  return (
    <PanelPart title="Rings">
      {isUnknown && (
        <p className="text-ink-soft text-xs">
          Rings need beam centre, distance, pixel size and wavelength. Write what the file does not say below.
        </p>
      )}
      <PanelCheck
        label="Resolution rings"
        checked={state.rings}
        onChange={(rings) => store.setState({ rings })}
      />
      <Field
        label="At, in Å"
        hint={
          state.ringsA.length > 0
            ? 'Empty: chosen by itself.'
            : `Chosen by itself: ${chosen.join(', ') || 'none'}`
        }
        fault={told && 'fault' in told ? told.fault : undefined}
      >
        {(field) => (
          <Input
            {...field}
            value={typed ?? state.ringsA.join(', ')}
            placeholder="3.9, 2.5, 1.8"
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              const next = typedRings(event.currentTarget.value);
              if ('rings' in next) store.setState({ ringsA: next.rings, rings: true });
            }}
            onBlur={() => {
              if (told && 'rings' in told) setTyped(null);
            }}
          />
        )}
      </Field>
      <PanelCheck
        label="Ice rings"
        checked={state.iceRings}
        onChange={(iceRings) => store.setState({ iceRings })}
      />
      <PanelCheck
        label="Cross where the direct beam would be"
        checked={state.beamCross}
        onChange={(beamCross) => store.setState({ beamCross })}
      />
    </PanelPart>
  );
}

/** Rings, and the geometry behind them: the file's, with corrections that stay in this view, its link, and on request this browser. */
export function GeometryPanel({ store, datasetId, geometry, plane, shape }: GeometryPanelProps) {
  const state = useStore(store);
  const [told, setTold] = useState<string | null>(null);
  const own = state.geometry;
  const isCorrected = Object.keys(own).length > 0;
  const set = (field: Exclude<keyof GeometryOverride, 'twoThetaAxis'>, value: number | null) => {
    const { [field]: _, ...others } = store.getState().geometry;
    store.setState({ geometry: value === null ? others : { ...others, [field]: value } });
    setTold(null);
  };
  const positive = (field: 'distanceM' | 'wavelengthA', value: number | null, factor = 1) => {
    if (value === null || value > 0) set(field, value === null ? null : value / factor);
  };
  const distance = own.distanceM ?? geometry.detectorDistanceM ?? null;
  const keep = (next: GeometryOverride, done: string) => {
    setTold(keepGeometry(datasetId, next) ? done : 'This browser keeps nothing; the link of this page does.');
  };
  return (
    <>
      <Rings store={store} plane={plane} shape={shape} />
      <PanelPart title={isCorrected ? 'Geometry, corrected here' : 'Geometry of the file'}>
        <TypedNumber
          label="Beam centre, fast"
          unit="px"
          value={own.beamXPx ?? geometry.beamCenterXPx ?? null}
          onValue={(v) => set('beamXPx', v)}
        />
        <TypedNumber
          label="Beam centre, slow"
          unit="px"
          value={own.beamYPx ?? geometry.beamCenterYPx ?? null}
          onValue={(v) => set('beamYPx', v)}
        />
        <Button
          size="sm"
          className="justify-self-start"
          aria-pressed={state.tool === 'beam'}
          onClick={() => store.setState({ tool: state.tool === 'beam' ? 'move' : 'beam' })}
        >
          <Crosshair aria-hidden />
          {state.tool === 'beam' ? 'Click the beam centre in the image' : 'Set the beam centre by a click'}
        </Button>
        <TypedNumber
          label="Distance"
          unit="mm"
          digits={3}
          value={distance === null ? null : distance * 1000}
          onValue={(v) => positive('distanceM', v, 1000)}
        />
        <TypedNumber
          label="Wavelength"
          unit="Å"
          digits={5}
          value={own.wavelengthA ?? wavelengthOf(geometry)}
          onValue={(v) => positive('wavelengthA', v)}
        />
      </PanelPart>
      <PanelPart title="Two-theta and tilt">
        <p className="text-ink-faint text-xs">Not read from the file: write them where they are not 0.</p>
        <TypedNumber
          label="Two-theta"
          unit="°"
          digits={3}
          value={own.twoThetaDeg ?? 0}
          onValue={(v) => set('twoThetaDeg', v)}
        />
        <div className="flex items-center gap-1.5 text-ink-soft text-xs">
          <span aria-hidden className="flex-1">
            about
          </span>
          <NativeSelect
            aria-label="Two-theta about"
            className="h-7 w-40 text-xs"
            value={own.twoThetaAxis ?? 'fast'}
            onChange={(event) => {
              const { twoThetaAxis: _, ...others } = own;
              store.setState({
                geometry: event.currentTarget.value === 'slow' ? { ...others, twoThetaAxis: 'slow' } : others,
              });
            }}
          >
            <option value="fast">the fast direction</option>
            <option value="slow">the slow direction</option>
          </NativeSelect>
        </div>
        <TypedNumber
          label="Tilt about fast"
          unit="°"
          digits={3}
          value={own.tiltFastDeg ?? 0}
          onValue={(v) => set('tiltFastDeg', v)}
        />
        <TypedNumber
          label="Tilt about slow"
          unit="°"
          digits={3}
          value={own.tiltSlowDeg ?? 0}
          onValue={(v) => set('tiltSlowDeg', v)}
        />
        {isCorrected && (
          <>
            <p className="text-ink-soft text-xs">
              The file is unchanged. The link of this page carries the correction; saved, this browser uses it
              whenever you open this dataset.
            </p>
            <div className="flex flex-wrap gap-2">
              <Button size="sm" onClick={() => keep(own, 'Saved in this browser.')}>
                Save here
              </Button>
              <Button
                size="sm"
                onClick={() => {
                  store.setState({ geometry: {} });
                  keep({}, 'As in the file again.');
                }}
              >
                As in the file
              </Button>
            </div>
          </>
        )}
        <p role="status" className="text-ink-faint text-xs">
          {told}
        </p>
      </PanelPart>
    </>
  );
}
