'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { absentFrameWords } from './absent-frame.ts';
import { detectorPlane, type GeometryOverride } from './detector-plane.ts';
import { describePixel } from './frame-read-out.tsx';
import { FrameStage } from './frame-stage.tsx';
import { linkStores } from './linked-stores.ts';
import { measuredFrame } from './measured-frame.ts';
import type { PointerStore } from './pointer-store.ts';
import { TypedNumber } from './typed-number.tsx';
import { useDisplayedFrame } from './use-displayed-frame.ts';
import { useFrameSpots } from './use-frame-spots.ts';
import { createViewerStore, type ViewerStore } from './viewer-store.ts';

interface BesidePaneProps {
  store: ViewerStore;
  /** The dataset of the page. */
  datasetId: string;
  /** Whose datasets can be chosen; null = the page's alone. */
  experimentId: string | null;
  range: { low: number; high: number };
  /** Over whichever picture the pointer is. */
  pointer: PointerStore;
}

/** Corrections of the geometry are of one dataset. */
const NO_OVERRIDE: GeometryOverride = {};
const MOST_CHOICES = 100;

function Picture(props: Omit<BesidePaneProps, 'datasetId'> & { index: FrameIndex; onExpired(): void }) {
  const { store: first, index, experimentId, range, pointer, onExpired } = props;
  const pixel = useStore(pointer, ({ pixel: at }) => at);
  const own = useStore(first, ({ beside, geometry }) => (beside?.datasetId == null ? geometry : NO_OVERRIDE));
  const offset = useStore(first, (state) => state.beside?.offset ?? 0);
  const [store] = useState(() => createViewerStore({ frame: first.getState().frame + offset }));
  useEffect(() => linkStores(first, store, offset), [first, store, offset]);
  const state = useStore(store);
  const displayed = useDisplayedFrame(index, store, onExpired);
  const isSame = useStore(first, ({ beside }) => beside?.datasetId == null);
  const chosenIn = isSame ? first : null;
  const spots = useFrameSpots({ datasetId: index.datasetId, experimentId, store, chosenIn, displayed });
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const channel = index.channels.find(({ name }) => name === index.channel) ?? index.channels[0];
  const [rows, columns] = channel?.shape ?? [1, 1];
  const shape = useMemo((): readonly [number, number] => [rows, columns], [rows, columns]);
  const plane = useMemo(() => detectorPlane(index.geometry, own), [index.geometry, own]);
  const saturation = index.geometry.saturationValue ?? null;
  const mask = displayed.mask?.reduced ?? null;
  const measured = useMemo(
    () => (displayed.frame ? measuredFrame(displayed.frame, mask, saturation, state.stack) : null),
    [displayed.frame, mask, saturation, state.stack],
  );
  const { status } = displayed;
  const notice =
    status.kind === 'failed'
      ? status.message
      : status.kind === 'not-stored'
        ? absentFrameWords(state.frame, displayed.locator.end, index)
        : null;
  return (
    <>
      <div
        className="relative min-h-0 flex-1"
        data-testid="beside-area"
        data-frame={(displayed.shownFrame ?? -1) + 1}
      >
        <FrameStage
          store={store}
          canvasRef={canvasRef}
          displayed={displayed}
          measured={measured}
          autoRange={range}
          range={range}
          plane={plane}
          shape={shape}
          pointer={pointer}
          spots={spots}
          label={`Detector frame ${state.frame + 1}, beside`}
        />
        {notice && (
          <p
            role="status"
            className="absolute inset-x-0 top-3 mx-auto w-fit max-w-[90%] rounded-md border border-line bg-ground px-3 py-1.5 text-sm"
          >
            {notice}
          </p>
        )}
      </div>
      <p className="border-t px-2 py-1 font-mono text-xs tabular-nums">
        frame {state.frame + 1} ·{' '}
        {pixel ? describePixel(displayed, measured?.saturation ?? null, pixel) : '–'}
      </p>
    </>
  );
}

/** A second picture with the same zoom, contrast and rings: another frame of the dataset, or one of another dataset. */
export function BesidePane({ store, datasetId, experimentId, ...rest }: BesidePaneProps) {
  const trpc = useTRPC();
  const beside = useStore(store, (state) => state.beside);
  const shownId = beside?.datasetId ?? datasetId;
  const index = useQuery({
    ...trpc.datasets.frameIndex.queryOptions({ datasetId: shownId }),
    placeholderData: keepPreviousData,
  });
  const others = useQuery({
    ...trpc.datasets.list.queryOptions({ experimentId: experimentId ?? '', limit: MOST_CHOICES }),
    enabled: experimentId !== null,
  });
  if (!beside) return null;
  const choices = (others.data?.items ?? []).filter(({ id }) => id !== datasetId);
  const isListed = beside.datasetId === null || choices.some(({ id }) => id === beside.datasetId);
  const set = (next: Partial<typeof beside>) => store.setState({ beside: { ...beside, ...next } });
  return (
    <section
      aria-label="Beside"
      className="flex min-h-0 flex-1 flex-col border-line max-sm:border-t sm:border-l"
    >
      <header className="flex items-center gap-2 border-b p-1">
        <NativeSelect
          aria-label="Dataset beside"
          className="h-7 min-w-0 flex-1 text-xs"
          value={beside.datasetId ?? ''}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            set(
              chosen === ''
                ? { datasetId: null, offset: beside.offset || 1 }
                : { datasetId: chosen, offset: 0 },
            );
          }}
        >
          <option value="">this dataset</option>
          {!isListed && beside.datasetId && <option value={beside.datasetId}>another dataset</option>}
          {choices.map(({ id, base }) => (
            <option key={id} value={id}>
              {base.replace(/^raw\//, '')}
            </option>
          ))}
        </NativeSelect>
        <TypedNumber
          label="frames on"
          digits={0}
          value={beside.offset}
          onValue={(offset) => set({ offset: Math.round(offset ?? 0) })}
        />
        <Button
          look="quiet"
          size="icon-sm"
          aria-label="Close the second picture"
          onClick={() => store.setState({ beside: null })}
        >
          <X aria-hidden />
        </Button>
      </header>
      {index.data && index.data.channels.length > 0 ? (
        <Picture
          {...rest}
          experimentId={experimentId}
          store={store}
          index={index.data}
          onExpired={() => void index.refetch()}
        />
      ) : (
        <p role="status" className="grid flex-1 place-items-center p-4 text-center text-ink-soft text-sm">
          {index.isPending ? 'loading…' : (index.error?.message ?? 'This dataset has no frames.')}
        </p>
      )}
    </section>
  );
}
