import type { ViewerActions } from './viewer-actions.ts';

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
  { keys: 'Shift+PageDown', does: '100 frames on', run: (a) => a.step(100) },
  { keys: 'Shift+PageUp', does: '100 frames back', run: (a) => a.step(-100) },
  { keys: 'Home', does: 'first frame', run: (a) => a.goTo(0) },
  { keys: 'End', does: 'last stored frame', run: (a) => a.goToLast() },
  { keys: 'k', does: 'play or pause', run: (a) => a.togglePlaying() },
  { keys: 'n', does: 'follow the newest frame', run: (a) => a.toggleFollow() },
  { keys: 's', does: 'sum 5 frames, or show one', run: (a) => a.toggleStack() },
  { keys: 'Z', does: 'zoom in', run: (a) => a.zoomBy(1.5) },
  { keys: 'z', does: 'zoom out', run: (a) => a.zoomBy(1 / 1.5) },
  { keys: '+', does: 'zoom in', run: (a) => a.zoomBy(1.5) },
  { keys: '-', does: 'zoom out', run: (a) => a.zoomBy(1 / 1.5) },
  { keys: 'f', does: 'fit the image into the window', run: (a) => a.fit() },
  { keys: '1', does: 'one image pixel = one screen pixel', run: (a) => a.oneToOne() },
  { keys: 'x', does: 'zoom into a box (or drag with Shift)', run: (a) => a.chooseTool('zoom') },
  { keys: 'C', does: 'more contrast', run: (a) => a.moreContrast() },
  { keys: 'c', does: 'less contrast', run: (a) => a.lessContrast() },
  { keys: 'B', does: 'brighter', run: (a) => a.brighter() },
  { keys: 'b', does: 'darker', run: (a) => a.darker() },
  { keys: 'T', does: 'thresholds and histogram', run: (a) => a.openDrawer('contrast') },
  { keys: 'a', does: 'contrast from this frame', run: (a) => a.autoContrast() },
  { keys: 'l', does: 'linear, logarithmic, square root', run: (a) => a.nextTransfer() },
  { keys: 'p', does: 'next colour map', run: (a) => a.nextColourMap() },
  { keys: 'I', does: 'invert colours', run: (a) => a.invert() },
  { keys: 'i', does: 'invert colours', run: (a) => a.invert() },
  { keys: 'm', does: 'show or hide the mask', run: (a) => a.toggleMask() },
  { keys: 'R', does: 'resolution rings', run: (a) => a.toggleRings() },
  { keys: 'r', does: 'resolution rings', run: (a) => a.toggleRings() },
  { keys: 'e', does: 'ice rings', run: (a) => a.toggleIceRings() },
  { keys: 'S', does: 'spots that runs found', run: (a) => a.toggleSpots() },
  { keys: 'o', does: 'cross at the beam centre', run: (a) => a.toggleCross() },
  { keys: 'v', does: 'magnifier', run: (a) => a.toggleMagnifier() },
  { keys: 'G', does: 'geometry and rings', run: (a) => a.openDrawer('geometry') },
  { keys: 'M', does: 'profiles and regions', run: (a) => a.openDrawer('measure') },
  { keys: 'H', does: 'header', run: (a) => a.openDrawer('header') },
  { keys: '2', does: 'a second picture beside', run: (a) => a.toggleBeside() },
  { keys: 'd', does: 'open or close the drawer', run: (a) => a.toggleDrawer() },
];
