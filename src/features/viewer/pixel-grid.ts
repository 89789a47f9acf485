import { colourTable } from './colour-maps.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { inkOn, shadeOf } from './frame-shade.ts';
import type { ViewTransform } from './view-transform.ts';
import type { ViewerState } from './viewer-store.ts';

/** CSS pixels that an image pixel needs for its grid, and for its count. */
const GRID_FROM = 10;
const COUNTS_FROM = 26;

/** Pixels of the image that the window shows some of: first and one past the last. */
export function visiblePixels(
  view: ViewTransform,
  [rows, columns]: readonly [number, number],
  canvas: { width: number; height: number },
): { fast: [number, number]; slow: [number, number] } {
  const span = (offset: number, length: number, most: number): [number, number] => [
    Math.max(0, Math.floor(-offset / view.scale)),
    Math.max(0, Math.min(most, Math.ceil((length - offset) / view.scale))),
  ];
  return { fast: span(view.x, canvas.width, columns), slow: span(view.y, canvas.height, rows) };
}

/** A count in at most five characters: 12345, 1.2M, 0.57, -3. */
export function countText(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isInteger(value)) return Math.abs(value) < 1000 ? value.toPrecision(3) : value.toFixed(0);
  if (Math.abs(value) < 100_000) return String(value);
  const power = Math.abs(value) < 1e8 ? 1e6 : 1e9;
  return `${(value / power).toPrecision(2)}${power === 1e6 ? 'M' : 'G'}`;
}

export const hasPixelGrid = (view: ViewTransform, density: number): boolean =>
  view.scale >= GRID_FROM * density;

export interface GridStyle extends Pick<ViewerState, 'transfer' | 'colourMap' | 'inverted'> {
  range: { low: number; high: number };
}

/** The grid of pixels, and their counts where there is room for them; nothing when zoomed out. */
export function paintPixelGrid(
  context: CanvasRenderingContext2D,
  frame: LoadedFrame,
  isNone: (at: number) => boolean,
  view: ViewTransform,
  density: number,
  style: GridStyle,
): void {
  const { canvas } = context;
  if (!hasPixelGrid(view, density)) return;
  const { fast, slow } = visiblePixels(view, frame.shape, canvas);
  const x = (column: number) => Math.round(column * view.scale + view.x) + 0.5;
  const y = (row: number) => Math.round(row * view.scale + view.y) + 0.5;
  context.strokeStyle = 'rgba(128,128,128,0.35)';
  context.lineWidth = 1;
  context.beginPath();
  for (let column = fast[0]; column <= fast[1]; column++) {
    context.moveTo(x(column), y(slow[0]));
    context.lineTo(x(column), y(slow[1]));
  }
  for (let row = slow[0]; row <= slow[1]; row++) {
    context.moveTo(x(fast[0]), y(row));
    context.lineTo(x(fast[1]), y(row));
  }
  context.stroke();
  if (view.scale < COUNTS_FROM * density) return;
  const colours = colourTable(style.colourMap, style.inverted);
  const size = Math.min(13 * density, view.scale / 3.2);
  context.font = `${size}px "JetBrains Mono", ui-monospace, monospace`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = slow[0]; row < slow[1]; row++)
    for (let column = fast[0]; column < fast[1]; column++) {
      const at = row * frame.shape[1] + column;
      if (isNone(at)) continue;
      const value = Number(frame.pixels[at]);
      context.fillStyle = inkOn(colours, shadeOf(value, style.range, style.transfer));
      context.fillText(
        countText(value),
        (column + 0.5) * view.scale + view.x,
        (row + 0.5) * view.scale + view.y,
      );
    }
}
