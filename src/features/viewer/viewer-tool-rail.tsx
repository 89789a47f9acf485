'use client';

import { Contrast, EyeOff, Maximize, Palette, Radio, Sigma, SunMoon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { COLOUR_MAP_NAMES } from './colour-maps.ts';
import type { ViewerActions } from './viewer-actions.ts';
import type { ViewerStore } from './viewer-store.ts';

interface ToolProps {
  label: string;
  pressed?: boolean;
  onClick(): void;
  children: ReactNode;
}

const Tool = ({ label, pressed, onClick, children }: ToolProps) => (
  <Button
    look="quiet"
    size="icon"
    title={label}
    aria-label={label}
    aria-pressed={pressed}
    onClick={onClick}
    className="aria-pressed:bg-hover aria-pressed:text-accent"
  >
    {children}
  </Button>
);

/** Slim rail of what is used at every frame; everything here has a key as well. */
export function ViewerToolRail({ store, actions }: { store: ViewerStore; actions: ViewerActions }) {
  const state = useStore(store);
  return (
    <div className="flex shrink-0 flex-row items-center gap-1 border-line border-b p-1 sm:flex-col sm:border-r sm:border-b-0">
      <Tool label="Contrast from this frame (a)" onClick={actions.autoContrast}>
        <Contrast className="size-4" />
      </Tool>
      <Tool
        label={`Scale: ${state.transfer} (l)`}
        pressed={state.transfer !== 'linear'}
        onClick={actions.nextTransfer}
      >
        <Sigma className="size-4" />
      </Tool>
      <Tool label="Invert colours (i)" pressed={state.inverted} onClick={actions.invert}>
        <SunMoon className="size-4" />
      </Tool>
      <Tool
        label={`Colour map: ${state.colourMap}, of ${COLOUR_MAP_NAMES.length} (p)`}
        onClick={actions.nextColourMap}
      >
        <Palette className="size-4" />
      </Tool>
      <Tool label="Show the pixel mask (m)" pressed={state.showMask} onClick={actions.toggleMask}>
        <EyeOff className="size-4" />
      </Tool>
      <Tool label="Fit into the window (f)" pressed={state.view === null} onClick={actions.fit}>
        <Maximize className="size-4" />
      </Tool>
      <Tool label="Follow the newest frame (n)" pressed={state.follow} onClick={actions.toggleFollow}>
        <Radio className="size-4" />
      </Tool>
    </div>
  );
}
