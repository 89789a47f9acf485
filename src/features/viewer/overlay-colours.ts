import { colourTable } from './colour-maps.ts';
import { inkOn } from './frame-shade.ts';
import type { SpotInk } from './overlay-spots.ts';
import type { MaskColour, ViewerState } from './viewer-store.ts';

export interface OverlayColours {
  ring: string;
  ice: string;
  mark: string;
  /** Behind letters, so that they are read on any spot. */
  halo: string;
}

const ON_LIGHT: OverlayColours = { ring: '#0a62bd', ice: '#a3196b', mark: '#a34400', halo: '#ffffffd0' };
const ON_DARK: OverlayColours = { ring: '#62b8ff', ice: '#ff8ad0', mark: '#f2b441', halo: '#000000c0' };

// Apart from one another with any kind of colour vision, by lightness as well as hue (after Okabe & Ito).
const SPOTS_ON_LIGHT: SpotInk = {
  kinds: { found: '#0b5fb0', indexed: '#00684a', predicted: '#b8430a', ice: '#8f2b83' },
  halo: '#ffffffc0',
  ground: '#ffffff',
};
const SPOTS_ON_DARK: SpotInk = {
  kinds: { found: '#6cc0ff', indexed: '#36d9a4', predicted: '#ffa45c', ice: '#f49bdc' },
  halo: '#000000a0',
  ground: '#000000',
};

/** Lines over the image contrast with its background, whatever the theme of the page. */
export function overlayColours({
  colourMap,
  inverted,
}: Pick<ViewerState, 'colourMap' | 'inverted'>): OverlayColours {
  return inkOn(colourTable(colourMap, inverted), 0.05) === '#000' ? ON_LIGHT : ON_DARK;
}

export function spotInk({ colourMap, inverted }: Pick<ViewerState, 'colourMap' | 'inverted'>): SpotInk {
  return inkOn(colourTable(colourMap, inverted), 0.05) === '#000' ? SPOTS_ON_LIGHT : SPOTS_ON_DARK;
}

/** 0–1 each; null: the colour of lines in this theme. */
export const MASK_RGB: Record<MaskColour, readonly [number, number, number] | null> = {
  plain: null,
  red: [0.75, 0.22, 0.2],
  blue: [0.2, 0.42, 0.8],
  yellow: [0.88, 0.72, 0.2],
};
