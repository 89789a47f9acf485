import { createStore } from 'zustand/vanilla';
import { SPOT_KINDS, type SpotKind } from '#src/shared/codecs/spots-file.ts';
import type { ColourMapName } from './colour-maps.ts';
import type { GeometryOverride } from './detector-plane.ts';
import type { Transfer } from './frame-renderer.ts';
import type { StackKind } from './frame-stack.ts';
import type { MarkedShape, ShapeKind } from './region-statistics.ts';
import type { LocalSpots } from './spot-sources.ts';
import type { CanvasSize, ViewCentre } from './view-transform.ts';

export const DRAWER_TABS = ['contrast', 'spots', 'geometry', 'measure', 'header'] as const;
export type DrawerTab = (typeof DRAWER_TABS)[number];
export const MASK_COLOURS = ['plain', 'red', 'blue', 'yellow'] as const;
export type MaskColour = (typeof MASK_COLOURS)[number];
/** What dragging on the image does. */
export type Tool = 'move' | 'zoom' | ShapeKind | 'beam';

/** What one mounted viewer shows: changes many times a second, so it lives outside React's tree. */
export interface ViewerState {
  /** 0-based image id. */
  frame: number;
  /** Threshold or other channel of the detector; null = the first. */
  channel: string | null;
  /** Shows the newest stored frame while the dataset grows. */
  follow: boolean;
  /** Range set by hand; null = decided from the first frame shown. */
  range: { low: number; high: number } | null;
  transfer: Transfer;
  colourMap: ColourMapName;
  inverted: boolean;
  showMask: boolean;
  maskColour: MaskColour;
  /** Null = the whole image fitted into the window. */
  view: ViewCentre | null;
  /** `frames` from the one shown on, as one picture; 1 = the frame itself. */
  stack: { kind: StackKind; frames: number };
  rings: boolean;
  /** Å; empty = chosen to suit the detector. */
  ringsA: readonly number[];
  iceRings: boolean;
  beamCross: boolean;
  spots: boolean;
  /** The job whose spots are shown; null = the one that stands for the dataset, else the newest. */
  spotRun: string | null;
  spotKinds: readonly SpotKind[];
  /** Radius on the screen. */
  spotSizePx: number;
  geometry: GeometryOverride;
  shape: MarkedShape | null;
  drawer: DrawerTab | null;
  /** A second picture: of which dataset (null = this one), and how many frames further on. */
  beside: { datasetId: string | null; offset: number } | null;
  /** Frames per second while playing. */
  rate: number;
  loop: boolean;

  // What follows is of this window alone: no link carries it.
  tool: Tool;
  magnifier: boolean;
  playing: boolean;
  /** A file of spots that was opened here: shown in place of those of runs. */
  localSpots: { name: string; source: LocalSpots } | null;
  canvas: CanvasSize | null;
}

export const INITIAL_VIEW: Omit<ViewerState, 'frame'> = {
  channel: null,
  follow: false,
  range: null,
  transfer: 'linear',
  colourMap: 'grey',
  inverted: true,
  showMask: true,
  maskColour: 'plain',
  view: null,
  stack: { kind: 'sum', frames: 1 },
  rings: false,
  ringsA: [],
  iceRings: false,
  beamCross: true,
  spots: false,
  spotRun: null,
  spotKinds: SPOT_KINDS,
  spotSizePx: 7,
  geometry: {},
  shape: null,
  drawer: null,
  beside: null,
  rate: 5,
  loop: false,
  tool: 'move',
  magnifier: false,
  playing: false,
  localSpots: null,
  canvas: null,
};

export const createViewerStore = (initial: Partial<ViewerState>) =>
  createStore<ViewerState>(() => ({ frame: 0, ...INITIAL_VIEW, ...initial }));
export type ViewerStore = ReturnType<typeof createViewerStore>;
