'use client';

import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { useKeys } from '#src/features/shell/index.ts';
import type { DatasetPreview, FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { absentFrameWords } from './absent-frame.ts';
import { BesidePane } from './beside-pane.tsx';
import { autoContrast } from './contrast.ts';
import { ContrastBar } from './contrast-bar.tsx';
import { detectorPlane } from './detector-plane.ts';
import { FrameReadOut } from './frame-read-out.tsx';
import { FrameStage } from './frame-stage.tsx';
import { FrameStepper } from './frame-stepper.tsx';
import type { ValueSeries } from './frame-values.ts';
import { FrameValuesPlot } from './frame-values-plot.tsx';
import { spotDropHandlers } from './local-spots.ts';
import { measuredFrame } from './measured-frame.ts';
import { createPointerStore } from './pointer-store.ts';
import { savePicture } from './save-view.ts';
import { ScrubPreview, usePreviewsAhead } from './scrub-preview.tsx';
import { useDisplayedFrame } from './use-displayed-frame.ts';
import { useFrameSpots } from './use-frame-spots.ts';
import { usePlayback } from './use-playback.ts';
import { fitView, transformOf } from './view-transform.ts';
import { viewerActions } from './viewer-actions.ts';
import { ViewerDrawer } from './viewer-drawer.tsx';
import { VIEWER_KEYS } from './viewer-keys.ts';
import type { ViewerState, ViewerStore } from './viewer-store.ts';
import { ViewerToolRail } from './viewer-tool-rail.tsx';

interface ViewerSurfaceProps {
  index: FrameIndex;
  /** Null: in the unassigned tray. */
  experimentId: string | null;
  /** What the dataset is called on the page. */
  label: string;
  /** What came with the series beyond its geometry. */
  userData: unknown;
  /** Numbers per frame that came with the stream. */
  values: readonly ValueSeries[];
  previews: readonly DatasetPreview[];
  store: ViewerStore;
  linkOf(state: ViewerState): string;
  onExpired(): void;
}

/** Image, tools, read-out and slider of one dataset; knows nothing of how the index was fetched. */
export function ViewerSurface(props: ViewerSurfaceProps) {
  const { index, experimentId, label, userData, values, previews, store, linkOf, onExpired } = props;
  const state = useStore(store);
  const displayed = useDisplayedFrame(index, store, onExpired);
  const [pointer] = useState(createPointerStore);
  const spots = useFrameSpots({ datasetId: index.datasetId, experimentId, store, displayed });
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const { end } = displayed.locator;
  const frames = Math.max(end, index.framesExpected ?? 0, 1);
  const channel = index.channels.find(({ name }) => name === index.channel) ?? index.channels[0];
  const [rows, columns] = channel?.shape ?? [1, 1];
  const shape = useMemo((): readonly [number, number] => [rows, columns], [rows, columns]);
  const plane = useMemo(
    () => detectorPlane(index.geometry, state.geometry),
    [index.geometry, state.geometry],
  );

  // The range found in the first frame stays for the next ones: stepping must not make the picture flicker.
  const [auto, setAuto] = useState<{ low: number; high: number; of: string } | null>(null);
  const statistics = displayed.frame?.statistics ?? null;
  if (statistics && auto?.of !== displayed.madeOf)
    setAuto({ ...autoContrast(statistics), of: displayed.madeOf });
  const low = state.range?.low ?? auto?.low ?? 0;
  const high = state.range?.high ?? auto?.high ?? 1;
  const range = useMemo(() => ({ low, high }), [low, high]);

  const { stack } = state;
  const saturation = index.geometry.saturationValue ?? null;
  const mask = displayed.mask?.reduced ?? null;
  const measured = useMemo(
    () => (displayed.frame ? measuredFrame(displayed.frame, mask, saturation, stack) : null),
    [displayed.frame, mask, saturation, stack],
  );

  const shownFrame = state.follow && end > 0 ? end - 1 : state.frame;
  useEffect(() => {
    if (state.follow && state.frame !== shownFrame) store.setState({ frame: shownFrame });
  }, [state.follow, state.frame, shownFrame, store]);
  const { status } = displayed;
  usePreviewsAhead(previews, state.frame, displayed.isLinkSlow);
  const isSettled =
    status.kind !== 'loading' && (displayed.shownFrame === state.frame || status.kind !== 'shown');
  usePlayback(store, end, isSettled);

  const actions = useMemo(() => {
    const plain = viewerActions(store, { frames, stored: end, shape, range: () => range });
    return {
      ...plain,
      autoContrast: () => {
        if (statistics) setAuto({ ...autoContrast(statistics), of: displayed.madeOf });
        plain.autoContrast();
      },
    };
  }, [store, frames, end, shape, range, statistics, displayed.madeOf]);
  useKeys(
    'Frame viewer',
    VIEWER_KEYS.map((key) => ({ ...key, run: () => key.run(actions) })),
  );

  const notice =
    status.kind === 'failed'
      ? status.message
      : status.kind === 'not-stored'
        ? absentFrameWords(state.frame, end, index)
        : null;
  const { canvas } = state;
  const view =
    canvas && (state.view ? transformOf(state.view, canvas) : fitView(shape, canvas.width, canvas.height));
  const name = `${label.replace(/[^\w.-]+/g, '_')}_${state.frame + 1}`;

  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface">
      <div className="relative flex min-h-0 flex-1 flex-col sm:flex-row">
        <ViewerToolRail
          store={store}
          actions={actions}
          // What is seen, not what would be found anew: the other window might begin at another frame.
          link={linkOf({ ...state, range })}
          onSave={() =>
            void savePicture({
              state,
              canvas: canvasRef.current,
              plane,
              shape,
              spots: state.spots ? spots.spots : [],
              range,
              label,
              name,
              geometry: index.geometry,
            })
          }
        />
        <div
          className="relative min-h-0 flex-1"
          data-testid="frame-area"
          data-frame={displayed.shownFrame === null ? '' : displayed.shownFrame + 1}
          {...spotDropHandlers(store)}
        >
          <FrameStage
            store={store}
            canvasRef={canvasRef}
            displayed={displayed}
            measured={measured}
            autoRange={auto}
            range={range}
            plane={plane}
            shape={shape}
            pointer={pointer}
            spots={spots}
            label={`Detector frame ${state.frame + 1} of ${label}`}
          />
          {status.kind === 'loading' && displayed.shownFrame !== state.frame && canvas && view && (
            <ScrubPreview
              previews={previews}
              frame={state.frame}
              frames={frames}
              shape={shape}
              view={view}
              canvas={canvas}
              isAtOnce={displayed.isLinkSlow}
            />
          )}
          {notice && (
            <p
              role="status"
              className="absolute inset-x-0 top-3 mx-auto w-fit max-w-[90%] text-balance rounded-md border border-line bg-ground px-3 py-1.5 text-sm"
            >
              {notice}
            </p>
          )}
        </div>
        {state.beside && (
          <BesidePane
            store={store}
            datasetId={index.datasetId}
            experimentId={experimentId}
            range={range}
            pointer={pointer}
          />
        )}
        <ViewerDrawer
          store={store}
          index={index}
          userData={userData}
          displayed={displayed}
          measured={measured}
          plane={plane}
          spots={spots}
          shape={shape}
          range={range}
        />
      </div>
      <div className="border-line border-t">
        <FrameValuesPlot all={values} frames={frames} frame={state.frame} onGoTo={actions.goTo} />
        <FrameReadOut
          index={index}
          displayed={displayed}
          stackedAs={stack.frames > 1 ? stack.kind : null}
          saturation={measured?.saturation ?? null}
          plane={plane}
          pointer={pointer}
        />
        <div className="flex flex-col gap-x-4 border-line border-t sm:flex-row sm:items-center">
          <div className="min-w-0 flex-1">
            <FrameStepper store={store} frames={frames} actions={actions} />
          </div>
          {index.channels.length > 1 && (
            <NativeSelect
              aria-label="Channel"
              className="mx-3 w-auto max-sm:mb-2 sm:mx-0"
              value={index.channel}
              onChange={(event) => store.setState({ channel: event.currentTarget.value })}
            >
              {index.channels.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </NativeSelect>
          )}
          <div className="hidden px-3 sm:block">
            <ContrastBar
              range={range}
              automatic={state.range === null}
              onRange={(next) => store.setState({ range: next })}
            />
          </div>
        </div>
      </div>
    </div>
  );
}
