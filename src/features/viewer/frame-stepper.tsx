'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import type { ViewerActions } from './viewer-actions.ts';

interface FrameStepperProps {
  /** 0-based id of the frame asked for. */
  frame: number;
  frames: number;
  actions: ViewerActions;
}

/** Frame slider with typed number; people count images from 1, as XDS and DIALS do. */
export function FrameStepper({ frame, frames, actions }: FrameStepperProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const settle = () => {
    const wanted = Number.parseInt(typed ?? '', 10);
    if (Number.isFinite(wanted)) actions.goTo(wanted - 1);
    setTyped(null);
  };
  return (
    <div className="flex items-center gap-2 px-3 py-2">
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
      <input
        type="range"
        aria-label="Frame"
        className="h-2 min-w-0 flex-1 accent-accent"
        min={1}
        max={Math.max(1, frames)}
        value={frame + 1}
        onChange={(event) => actions.goTo(event.currentTarget.valueAsNumber - 1)}
      />
      <label className="flex items-center gap-1.5 font-mono text-sm tabular-nums">
        <span className="sr-only">Frame number</span>
        <input
          className="w-16 rounded-md border border-line bg-ground px-2 py-1 text-right"
          inputMode="numeric"
          value={typed ?? String(frame + 1)}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === 'Enter') settle();
          }}
        />
        <span className="text-ink-faint">of {frames}</span>
      </label>
    </div>
  );
}
