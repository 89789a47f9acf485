import { COLOUR_MAP_NAMES } from './colour-maps.ts';
import { centreOf, fitView, transformOf, zoomAt } from './view-transform.ts';
import type { DrawerTab, Tool, ViewerStore } from './viewer-store.ts';

export interface ViewerBounds {
  /** Number of frames that can be stepped to (announced, or stored so far). */
  frames: number;
  /** One past the last frame that is stored: where "last frame" leads; 0 = none yet. */
  stored: number;
  /** [rows, columns] of the image. */
  shape: readonly [number, number];
  /** The range shown now, from which contrast keys start. */
  range(): { low: number; high: number };
}

/** Frames that a stack has when it is switched on by key. */
const STACKED_BY_KEY = 5;

/** Everything a key or a button does to the view. One list, so that both do the same. */
export function viewerActions(store: ViewerStore, bounds: ViewerBounds) {
  const goTo = (frame: number) =>
    store.setState({
      frame: Math.max(0, Math.min(bounds.frames - 1, frame)),
      follow: false,
      playing: false,
    });
  const widen = (factor: number) => {
    const { low, high } = bounds.range();
    store.setState({ range: { low, high: low + Math.max(1e-3, (high - low) * factor) } });
  };
  const shift = (part: number) => {
    const { low, high } = bounds.range();
    const by = (high - low) * part;
    store.setState({ range: { low: low + by, high: high + by } });
  };
  /** About the middle of the canvas, or about a point of it in device pixels. */
  const zoomBy = (factor: number, at?: { x: number; y: number }) => {
    const { view, canvas } = store.getState();
    if (!canvas) return;
    const fitted = fitView(bounds.shape, canvas.width, canvas.height);
    const from = view ? transformOf(view, canvas) : fitted;
    const { x, y } = at ?? { x: canvas.width / 2, y: canvas.height / 2 };
    store.setState({ view: centreOf(zoomAt(from, factor, x, y, fitted.scale * 0.5), canvas) });
  };
  const openDrawer = (drawer: DrawerTab) =>
    store.setState((s) => ({ drawer: s.drawer === drawer ? null : drawer }));
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
    zoomBy,
    /** One image pixel = one pixel of the screen, about the middle. */
    oneToOne: () => {
      const { view, canvas } = store.getState();
      if (!canvas) return;
      const [rows, columns] = bounds.shape;
      const { fast, slow } = view ?? { fast: columns / 2, slow: rows / 2 };
      store.setState({ view: { fast, slow, zoom: 1 / canvas.density } });
    },
    invert: () => store.setState((s) => ({ inverted: !s.inverted })),
    toggleMask: () => store.setState((s) => ({ showMask: !s.showMask })),
    toggleFollow: () => store.setState((s) => ({ follow: !s.follow, playing: false })),
    toggleRings: () => store.setState((s) => ({ rings: !s.rings })),
    toggleIceRings: () => store.setState((s) => ({ iceRings: !s.iceRings })),
    toggleSpots: () => store.setState((s) => ({ spots: !s.spots })),
    toggleCross: () => store.setState((s) => ({ beamCross: !s.beamCross })),
    toggleMagnifier: () => store.setState((s) => ({ magnifier: !s.magnifier })),
    togglePlaying: () => store.setState((s) => ({ playing: !s.playing, follow: false })),
    toggleStack: () =>
      store.setState((s) => ({
        stack: { ...s.stack, frames: s.stack.frames > 1 ? 1 : STACKED_BY_KEY },
      })),
    chooseTool: (tool: Tool) => store.setState((s) => ({ tool: s.tool === tool ? 'move' : tool })),
    /** The next frame beside this one, or this one alone. */
    toggleBeside: () => store.setState((s) => ({ beside: s.beside ? null : { datasetId: null, offset: 1 } })),
    openDrawer,
    toggleDrawer: () => store.setState((s) => ({ drawer: s.drawer ? null : 'contrast' })),
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
