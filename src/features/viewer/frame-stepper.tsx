'use client';

import { ChevronLeft, ChevronRight, Pause, Play, Repeat } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { PLAY_RATES } from './play-step.ts';
import type { ViewerActions } from './viewer-actions.ts';
import type { ViewerStore } from './viewer-store.ts';

interface FrameStepperProps {
  store: ViewerStore;
  frames: number;
  actions: ViewerActions;
}

/** Frame slider with typed number, and playing; people count images from 1, as XDS and DIALS do. */
export function FrameStepper({ store, frames, actions }: FrameStepperProps) {
  const frame = useStore(store, (state) => state.frame);
  const playing = useStore(store, (state) => state.playing);
  const rate = useStore(store, (state) => state.rate);
  const loop = useStore(store, (state) => state.loop);
  const [typed, setTyped] = useState<string | null>(null);
  const settle = () => {
    const wanted = Number.parseInt(typed ?? '', 10);
    if (Number.isFinite(wanted)) actions.goTo(wanted - 1);
    setTyped(null);
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-3 py-2 sm:flex-nowrap sm:gap-2">
      <Button size="icon" aria-label="Previous frame" disabled={frame <= 0} onClick={() => actions.step(-1)}>
        <ChevronLeft className="size-4" />
      </Button>
      <Button
        size="icon"
        aria-label="Next frame"
        disabled={frame >= frames - 1}
        onClick={() => actions.step(1)}
      >
        <ChevronRight className="size-4" />
      </Button>
      <Button
        size="icon"
        aria-label={playing ? 'Pause' : 'Play'}
        title={playing ? 'Pause (k)' : 'Play (k)'}
        disabled={frames < 2}
        onClick={actions.togglePlaying}
      >
        {playing ? <Pause className="size-4" /> : <Play className="size-4" />}
      </Button>
      <NativeSelect
        aria-label="Frames per second"
        className="w-20 pr-1"
        value={String(rate)}
        onChange={(event) => store.setState({ rate: Number(event.currentTarget.value) })}
      >
        {PLAY_RATES.map((one) => (
          <option key={one} value={one}>
            {one} / s
          </option>
        ))}
      </NativeSelect>
      <Button
        look="quiet"
        size="icon"
        aria-label="Begin again at the end"
        title="Begin again at the end"
        aria-pressed={loop}
        className="aria-pressed:bg-hover aria-pressed:text-accent"
        onClick={() => store.setState({ loop: !loop })}
      >
        <Repeat className="size-4" />
      </Button>
      <input
        type="range"
        aria-label="Frame"
        className="h-2 min-w-0 flex-1 accent-accent max-sm:order-last max-sm:basis-full"
        min={1}
        max={Math.max(1, frames)}
        value={frame + 1}
        onChange={(event) => actions.goTo(event.currentTarget.valueAsNumber - 1)}
      />
      <label className="flex items-center gap-1.5 font-mono text-sm tabular-nums max-sm:ml-auto">
        <span className="sr-only">Frame number</span>
        <input
          className="w-14 rounded-md border border-line bg-ground px-2 py-1 text-right"
          inputMode="numeric"
          value={typed ?? String(frame + 1)}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === 'Enter') settle();
          }}
        />
        <span className="whitespace-nowrap text-ink-faint">of {frames}</span>
      </label>
    </div>
  );
}
