import { createStore } from 'zustand/vanilla';
import { COLOUR_MAP_NAMES, type ColourMapName } from './colour-maps.ts';
import type { Transfer } from './frame-renderer.ts';
import type { ViewTransform } from './view-transform.ts';

/** What one mounted viewer shows: changes many times a second, so it lives outside React's tree. */
export interface ViewerState {
  /** 0-based image id. */
  frame: number;
  /** Shows the newest stored frame while the dataset grows. */
  follow: boolean;
  /** Range set by hand; null = decided from the first frame shown. */
  range: { low: number; high: number } | null;
  transfer: Transfer;
  colourMap: ColourMapName;
  inverted: boolean;
  showMask: boolean;
  /** Null = the whole image fitted into the window. */
  view: ViewTransform | null;
}

export const INITIAL_VIEW: Omit<ViewerState, 'frame'> = {
  follow: false,
  range: null,
  transfer: 'linear',
  colourMap: 'grey',
  inverted: true,
  showMask: true,
  view: null,
};

export const createViewerStore = (initial: Partial<ViewerState>) =>
  createStore<ViewerState>(() => ({ frame: 0, ...INITIAL_VIEW, ...initial }));
export type ViewerStore = ReturnType<typeof createViewerStore>;

const number = (text: string | null): number | null => {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};

/** The part of the state a link carries; unknown or broken values fall back to the standard. */
export function viewerStateFromUrl(query: URLSearchParams): Partial<ViewerState> {
  const [low, high] = [number(query.get('low')), number(query.get('high'))];
  const [scale, x, y] = [number(query.get('zoom')), number(query.get('x')), number(query.get('y'))];
  const colourMap = COLOUR_MAP_NAMES.find((name) => name === query.get('map'));
  const transfer = (['linear', 'log', 'sqrt'] as const).find((name) => name === query.get('scale'));
  return {
    ...(low !== null && high !== null && high > low ? { range: { low, high } } : {}),
    ...(scale !== null && x !== null && y !== null && scale > 0 ? { view: { scale, x, y } } : {}),
    ...(colourMap ? { colourMap } : {}),
    ...(transfer ? { transfer } : {}),
    ...(query.get('invert') === '0' ? { inverted: false } : {}),
    ...(query.get('mask') === '0' ? { showMask: false } : {}),
    ...(query.get('follow') === '1' ? { follow: true } : {}),
  };
}

/** The query of a link that restores this view: only what differs from the standard. */
export function viewerStateToUrl(state: ViewerState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.range) {
    query.set('low', String(state.range.low));
    query.set('high', String(state.range.high));
  }
  if (state.colourMap !== INITIAL_VIEW.colourMap) query.set('map', state.colourMap);
  if (state.transfer !== INITIAL_VIEW.transfer) query.set('scale', state.transfer);
  if (!state.inverted) query.set('invert', '0');
  if (!state.showMask) query.set('mask', '0');
  if (state.follow) query.set('follow', '1');
  if (state.view) {
    query.set('zoom', state.view.scale.toPrecision(5));
    query.set('x', state.view.x.toFixed(1));
    query.set('y', state.view.y.toFixed(1));
  }
  return query;
}
