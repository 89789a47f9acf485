'use client';

import {
  Circle,
  CircleDotDashed,
  Columns2,
  Contrast,
  Crosshair,
  EyeOff,
  ImageDown,
  Layers,
  Maximize,
  Palette,
  PanelRight,
  Radio,
  Search,
  Sigma,
  Slash,
  Snowflake,
  Square,
  SquareDashedMousePointer,
  SunMoon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
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
    size="icon-sm"
    title={label}
    aria-label={label}
    aria-pressed={pressed}
    onClick={onClick}
    className="aria-pressed:bg-hover aria-pressed:text-accent"
  >
    {children}
  </Button>
);

const Gap = () => <span aria-hidden className="shrink-0 max-sm:mx-1 sm:my-1 sm:h-px sm:w-4 sm:bg-line" />;

const TOOLS = [
  ['zoom', 'Zoom into a box (x, or drag with Shift)', SquareDashedMousePointer],
  ['rectangle', 'Statistics of a rectangle', Square],
  ['circle', 'Statistics of a circle', Circle],
  ['line', 'Profile along a line', Slash],
] as const;

/** Slim rail of what is used at every frame; the rest is in the drawer. */
export function ViewerToolRail({
  store,
  actions,
  link,
  onSave,
}: {
  store: ViewerStore;
  actions: ViewerActions;
  /** Address that restores what is seen. */
  link: string;
  onSave(): void;
}) {
  const state = useStore(store);
  return (
    <div className="flex shrink-0 flex-row items-center gap-0.5 overflow-auto border-line border-b p-1 sm:flex-col sm:border-r sm:border-b-0">
      <Tool label="Drawer (d)" pressed={state.drawer !== null} onClick={actions.toggleDrawer}>
        <PanelRight />
      </Tool>
      <Tool label="Contrast from this frame (a)" onClick={actions.autoContrast}>
        <Contrast />
      </Tool>
      <Tool
        label={`Scale: ${state.transfer} (l)`}
        pressed={state.transfer !== 'linear'}
        onClick={actions.nextTransfer}
      >
        <Sigma />
      </Tool>
      <Tool label="Invert colours (i)" pressed={state.inverted} onClick={actions.invert}>
        <SunMoon />
      </Tool>
      <Tool
        label={`Colour map: ${state.colourMap}, of ${COLOUR_MAP_NAMES.length} (p)`}
        onClick={actions.nextColourMap}
      >
        <Palette />
      </Tool>
      <Tool label="Show the pixel mask (m)" pressed={state.showMask} onClick={actions.toggleMask}>
        <EyeOff />
      </Tool>
      <Gap />
      <Tool label="Resolution rings (r)" pressed={state.rings} onClick={actions.toggleRings}>
        <CircleDotDashed />
      </Tool>
      <Tool label="Ice rings (e)" pressed={state.iceRings} onClick={actions.toggleIceRings}>
        <Snowflake />
      </Tool>
      <Tool label="Spots that runs found (S)" pressed={state.spots} onClick={actions.toggleSpots}>
        <Crosshair />
      </Tool>
      <Tool
        label={state.stack.frames > 1 ? `Show one frame (s)` : 'Sum 5 frames (s)'}
        pressed={state.stack.frames > 1}
        onClick={actions.toggleStack}
      >
        <Layers />
      </Tool>
      <Gap />
      <Tool label="Fit into the window (f)" pressed={state.view === null} onClick={actions.fit}>
        <Maximize />
      </Tool>
      <Tool label="1:1, one image pixel = one screen pixel (1)" onClick={actions.oneToOne}>
        <span className="font-mono text-2xs">1:1</span>
      </Tool>
      {TOOLS.map(([tool, label, Icon]) => (
        <Tool
          key={tool}
          label={label}
          pressed={state.tool === tool}
          onClick={() => {
            actions.chooseTool(tool);
            if (tool !== 'zoom') store.setState({ drawer: 'measure' });
          }}
        >
          <Icon />
        </Tool>
      ))}
      <Tool label="Magnifier (v)" pressed={state.magnifier} onClick={actions.toggleMagnifier}>
        <Search />
      </Tool>
      <Tool
        label="A second picture beside (2)"
        pressed={state.beside !== null}
        onClick={actions.toggleBeside}
      >
        <Columns2 />
      </Tool>
      <Gap />
      <Tool label="Follow the newest frame (n)" pressed={state.follow} onClick={actions.toggleFollow}>
        <Radio />
      </Tool>
      <Tool label="Save a picture with scale bar" onClick={onSave}>
        <ImageDown />
      </Tool>
      <CopyButton text={link} what="the link to this view" />
    </div>
  );
}
