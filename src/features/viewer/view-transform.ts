/** Image pixels → canvas pixels: canvas = image · scale + (x, y). */
export interface ViewTransform {
  scale: number;
  x: number;
  y: number;
}

/**
 * What a link says of the view: the image point in the middle and how many CSS pixels an image pixel has, so that it is
 * the same place in a window of another size or density.
 */
export interface ViewCentre {
  fast: number;
  slow: number;
  zoom: number;
}

/** The canvas in device pixels, and how many of them a CSS pixel has. */
export interface CanvasSize {
  width: number;
  height: number;
  density: number;
}

export const MAX_SCALE = 64;

/** The whole image, centred, with a small margin. Shape: [rows, columns]; canvas in device pixels. */
export function fitView(shape: readonly [number, number], width: number, height: number): ViewTransform {
  const [rows, columns] = shape;
  const scale = Math.min(width / columns, height / rows) * 0.98;
  return { scale, x: (width - columns * scale) / 2, y: (height - rows * scale) / 2 };
}

export function transformOf({ fast, slow, zoom }: ViewCentre, canvas: CanvasSize): ViewTransform {
  const scale = zoom * canvas.density;
  return { scale, x: canvas.width / 2 - fast * scale, y: canvas.height / 2 - slow * scale };
}

export function centreOf({ scale, x, y }: ViewTransform, canvas: CanvasSize): ViewCentre {
  return {
    fast: (canvas.width / 2 - x) / scale,
    slow: (canvas.height / 2 - y) / scale,
    zoom: scale / canvas.density,
  };
}

/** Zooms by a factor around a canvas point, which keeps its image pixel. */
export function zoomAt(
  view: ViewTransform,
  factor: number,
  canvasX: number,
  canvasY: number,
  minScale: number,
): ViewTransform {
  const scale = Math.min(MAX_SCALE, Math.max(minScale, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: canvasX - (canvasX - view.x) * ratio, y: canvasY - (canvasY - view.y) * ratio };
}

/** The whole of a box of the image as large as it fits; null for a box too small to be meant. */
export function boxView(
  from: readonly [fast: number, slow: number],
  to: readonly [fast: number, slow: number],
  canvas: CanvasSize,
): ViewCentre | null {
  const width = Math.abs(to[0] - from[0]);
  const height = Math.abs(to[1] - from[1]);
  if (width < 2 || height < 2) return null;
  const scale = Math.min(MAX_SCALE, canvas.width / width, canvas.height / height);
  return { fast: (from[0] + to[0]) / 2, slow: (from[1] + to[1]) / 2, zoom: scale / canvas.density };
}

/** Image coordinates under a canvas point, fractional: [0, 1) lies in the first pixel. */
export function imagePoint(
  view: ViewTransform,
  canvasX: number,
  canvasY: number,
): { fast: number; slow: number } {
  return { fast: (canvasX - view.x) / view.scale, slow: (canvasY - view.y) / view.scale };
}
