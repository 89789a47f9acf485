/** Image pixels → canvas pixels: canvas = image · scale + (x, y). */
export interface ViewTransform {
  scale: number;
  x: number;
  y: number;
}

export const MAX_SCALE = 64;

/** The whole image, centred, with a small margin. Shape: [rows, columns]; canvas in device pixels. */
export function fitView(shape: readonly [number, number], width: number, height: number): ViewTransform {
  const [rows, columns] = shape;
  const scale = Math.min(width / columns, height / rows) * 0.98;
  return { scale, x: (width - columns * scale) / 2, y: (height - rows * scale) / 2 };
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

/** Image coordinates under a canvas point, fractional: [0, 1) lies in the first pixel. */
export function imagePoint(
  view: ViewTransform,
  canvasX: number,
  canvasY: number,
): { fast: number; slow: number } {
  return { fast: (canvasX - view.x) / view.scale, slow: (canvasY - view.y) / view.scale };
}
