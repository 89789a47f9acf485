'use client';

import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { useKeys } from '#src/features/shell/index.ts';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { absentFrameWords } from './absent-frame.ts';
import { autoContrast } from './contrast.ts';
import { ContrastBar } from './contrast-bar.tsx';
import { FrameCanvas, type PixelUnderCursor } from './frame-canvas.tsx';
import { FrameReadOut } from './frame-read-out.tsx';
import { FrameStepper } from './frame-stepper.tsx';
import type { ValueSeries } from './frame-values.ts';
import { FrameValuesPlot } from './frame-values-plot.tsx';
import { useDisplayedFrame } from './use-displayed-frame.ts';
import { VIEWER_KEYS, viewerActions } from './viewer-actions.ts';
import type { ViewerStore } from './viewer-store.ts';
import { ViewerToolRail } from './viewer-tool-rail.tsx';

interface ViewerSurfaceProps {
  index: FrameIndex;
  /** What the dataset is called on the page. */
  label: string;
  /** Numbers per frame that came with the stream. */
  values: readonly ValueSeries[];
  store: ViewerStore;
  onExpired(): void;
}

/** Image, tools, read-out and slider of one dataset; knows nothing of how the index was fetched. */
export function ViewerSurface({ index, label, values, store, onExpired }: ViewerSurfaceProps) {
  const state = useStore(store);
  const displayed = useDisplayedFrame(index, store, onExpired);
  const [pixel, setPixel] = useState<PixelUnderCursor | null>(null);
  const { end } = displayed.locator;
  const frames = Math.max(end, index.framesExpected ?? 0, 1);

  // The range found in the first frame stays for the next ones: stepping must not make the picture flicker.
  const [autoRange, setAutoRange] = useState<{ low: number; high: number } | null>(null);
  const statistics = displayed.frame?.statistics ?? null;
  if (autoRange === null && statistics) setAutoRange(autoContrast(statistics));
  const range = state.range ?? autoRange ?? { low: 0, high: 1 };

  const shownFrame = state.follow && end > 0 ? end - 1 : state.frame;
  useEffect(() => {
    if (state.follow && state.frame !== shownFrame) store.setState({ frame: shownFrame });
  }, [state.follow, state.frame, shownFrame, store]);

  const actions = useMemo(() => {
    const plain = viewerActions(store, { frames, stored: end, range: () => range });
    return {
      ...plain,
      autoContrast: () => {
        if (statistics) setAutoRange(autoContrast(statistics));
        plain.autoContrast();
      },
    };
  }, [store, frames, end, range, statistics]);

  useKeys(
    'Frame viewer',
    VIEWER_KEYS.map((key) => ({ ...key, run: () => key.run(actions) })),
  );

  const { status } = displayed;
  const notice =
    status.kind === 'failed'
      ? status.message
      : status.kind === 'not-stored'
        ? absentFrameWords(state.frame, end, index)
        : null;

  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex min-h-0 flex-1 flex-col sm:flex-row">
        <ViewerToolRail store={store} actions={actions} />
        <div
          className="relative min-h-0 flex-1"
          data-testid="frame-area"
          data-frame={displayed.shownFrame === null ? '' : displayed.shownFrame + 1}
        >
          <FrameCanvas
            store={store}
            frame={displayed.frame}
            mask={displayed.mask?.reduced ?? null}
            autoRange={autoRange}
            onPointer={setPixel}
            label={`Detector frame ${state.frame + 1} of ${label}`}
          />
          {notice && (
            <p
              role="status"
              className="absolute inset-x-0 top-3 mx-auto w-fit max-w-[90%] text-balance rounded-md border border-line bg-ground px-3 py-1.5 text-sm"
            >
              {notice}
            </p>
          )}
        </div>
      </div>
      <div className="border-line border-t">
        <FrameValuesPlot all={values} frames={frames} frame={state.frame} onGoTo={actions.goTo} />
        <FrameReadOut index={index} displayed={displayed} pixel={pixel} range={range} />
        <div className="flex flex-col gap-x-4 border-line border-t sm:flex-row sm:items-center">
          <div className="min-w-0 flex-1">
            <FrameStepper frame={state.frame} frames={frames} actions={actions} />
          </div>
          <div className="px-3 pb-2 sm:pb-0">
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
