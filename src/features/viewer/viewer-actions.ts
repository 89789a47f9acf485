import { COLOUR_MAP_NAMES } from './colour-maps.ts';
import type { ViewerStore } from './viewer-store.ts';

export interface ViewerBounds {
  /** Number of frames that can be stepped to (announced, or stored so far). */
  frames: number;
  /** One past the last frame that is stored: where "last frame" leads; 0 = none yet. */
  stored: number;
  /** The range shown now, from which contrast keys start. */
  range(): { low: number; high: number };
}

/** Everything a key or a button does to the view. One list, so that both do the same. */
export function viewerActions(store: ViewerStore, bounds: ViewerBounds) {
  const goTo = (frame: number) =>
    store.setState({ frame: Math.max(0, Math.min(bounds.frames - 1, frame)), follow: false });
  const widen = (factor: number) => {
    const { low, high } = bounds.range();
    store.setState({ range: { low, high: low + Math.max(1e-3, (high - low) * factor) } });
  };
  const shift = (part: number) => {
    const { low, high } = bounds.range();
    const by = (high - low) * part;
    store.setState({ range: { low: low + by, high: high + by } });
  };
  return {
    goTo,
    goToLast: () => goTo((bounds.stored || bounds.frames) - 1),
    step: (by: number) => goTo(store.getState().frame + by),
    moreContrast: () => widen(1 / 1.25),
    lessContrast: () => widen(1.25),
    brighter: () => shift(0.1),
    darker: () => shift(-0.1),
    autoContrast: () => store.setState({ range: null }),
    fit: () => store.setState({ view: null }),
    invert: () => store.setState((s) => ({ inverted: !s.inverted })),
    toggleMask: () => store.setState((s) => ({ showMask: !s.showMask })),
    toggleFollow: () => store.setState((s) => ({ follow: !s.follow })),
    nextColourMap: () =>
      store.setState((s) => ({
        colourMap: COLOUR_MAP_NAMES[(COLOUR_MAP_NAMES.indexOf(s.colourMap) + 1) % COLOUR_MAP_NAMES.length]!,
      })),
    nextTransfer: () =>
      store.setState((s) => ({
        transfer: s.transfer === 'linear' ? 'log' : s.transfer === 'log' ? 'sqrt' : 'linear',
      })),
  };
}
export type ViewerActions = ReturnType<typeof viewerActions>;

export interface ViewerKey {
  keys: string;
  does: string;
  run(actions: ViewerActions): void;
}

/** Keys with muscle memory from ADXV, Albula and dials.image_viewer. */
export const VIEWER_KEYS: readonly ViewerKey[] = [
  { keys: 'ArrowRight', does: 'next frame', run: (a) => a.step(1) },
  { keys: 'ArrowLeft', does: 'previous frame', run: (a) => a.step(-1) },
  { keys: '>', does: 'next frame', run: (a) => a.step(1) },
  { keys: '<', does: 'previous frame', run: (a) => a.step(-1) },
  { keys: '.', does: 'next frame', run: (a) => a.step(1) },
  { keys: ',', does: 'previous frame', run: (a) => a.step(-1) },
  { keys: 'PageDown', does: '10 frames on', run: (a) => a.step(10) },
  { keys: 'PageUp', does: '10 frames back', run: (a) => a.step(-10) },
  { keys: 'Home', does: 'first frame', run: (a) => a.goTo(0) },
  { keys: 'End', does: 'last stored frame', run: (a) => a.goToLast() },
  { keys: 'C', does: 'more contrast', run: (a) => a.moreContrast() },
  { keys: 'c', does: 'less contrast', run: (a) => a.lessContrast() },
  { keys: 'B', does: 'brighter', run: (a) => a.brighter() },
  { keys: 'b', does: 'darker', run: (a) => a.darker() },
  { keys: 'a', does: 'contrast from this frame', run: (a) => a.autoContrast() },
  { keys: 'l', does: 'linear, logarithmic, square root', run: (a) => a.nextTransfer() },
  { keys: 'p', does: 'next colour map', run: (a) => a.nextColourMap() },
  { keys: 'I', does: 'invert colours', run: (a) => a.invert() },
  { keys: 'i', does: 'invert colours', run: (a) => a.invert() },
  { keys: 'm', does: 'show or hide the mask', run: (a) => a.toggleMask() },
  { keys: 'f', does: 'fit the image into the window', run: (a) => a.fit() },
  { keys: 'n', does: 'follow the newest frame', run: (a) => a.toggleFollow() },
];
