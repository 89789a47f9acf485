import type { OverlayColours } from './overlay-colours.ts';
import { type OverlayRing, ringLabelAt } from './overlay-rings.ts';
import { type DrawnSpot, paintSpots, type SpotInk } from './overlay-spots.ts';
import type { MarkedShape } from './region-statistics.ts';
import { scaleBar } from './scale-bar.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';

export interface Picture {
  /** The canvas with the frame drawn on it. */
  drawn: HTMLCanvasElement;
  canvas: CanvasSize;
  view: ViewTransform;
  shape: readonly [number, number];
  rings: readonly OverlayRing[];
  spots: readonly DrawnSpot[];
  ink: SpotInk;
  beam: { fast: number; slow: number } | null;
  mark: MarkedShape | null;
  colours: OverlayColours;
  pixelSizeM: number | null;
  /** Behind the image, as the page has it. */
  ground: string;
  /** Below the image: dataset, frame, range. */
  caption: string;
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colours: OverlayColours,
): void {
  context.lineWidth = 4;
  context.strokeStyle = colours.halo;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

function paintMark(context: CanvasRenderingContext2D, { mark, view }: Picture): void {
  if (!mark) return;
  const on = ([fast, slow]: readonly [number, number]) =>
    [fast * view.scale + view.x, slow * view.scale + view.y] as const;
  const [x0, y0] = on(mark.from);
  const [x1, y1] = on(mark.to);
  context.beginPath();
  if (mark.kind === 'rectangle') context.rect(x0, y0, x1 - x0, y1 - y0);
  else if (mark.kind === 'circle') context.arc(x0, y0, Math.hypot(x1 - x0, y1 - y0), 0, 2 * Math.PI);
  else {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

/** What the window shows, as a PNG: image, rings, marks, a scale bar and what it is of. */
export async function pictureOf(picture: Picture): Promise<Blob> {
  const { drawn, canvas, view, rings, beam, colours } = picture;
  const { density } = canvas;
  const made = document.createElement('canvas');
  const foot = 28 * density;
  made.width = canvas.width;
  made.height = canvas.height + foot;
  const context = made.getContext('2d');
  if (!context) throw new Error('The browser makes no picture of this size.');
  context.fillStyle = picture.ground;
  context.fillRect(0, 0, made.width, made.height);
  context.drawImage(drawn, 0, 0);
  context.save();
  context.beginPath();
  context.rect(0, 0, canvas.width, canvas.height);
  context.clip();
  const onCanvas = new DOMMatrix([view.scale, 0, 0, view.scale, view.x, view.y]);
  context.font = `${11 * density}px "JetBrains Mono", monospace`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const ring of rings) {
    const path = new Path2D();
    path.addPath(new Path2D(ring.path), onCanvas);
    const colour = ring.isIce ? colours.ice : colours.ring;
    context.strokeStyle = colour;
    context.lineWidth = 1.25 * density;
    context.setLineDash(ring.isIce ? [4 * density, 4 * density] : []);
    context.stroke(path);
    context.setLineDash([]);
    const at = ringLabelAt(ring, picture.shape, view, canvas, 16 * density);
    context.fillStyle = colour;
    if (at) write(context, `${ring.resolutionA} Å`, at.x, at.y, colours);
  }
  paintSpots(context, picture.spots, picture.ink, density);
  context.strokeStyle = colours.mark;
  context.lineWidth = 1.75 * density;
  paintMark(context, picture);
  if (beam) {
    const x = beam.fast * view.scale + view.x;
    const y = beam.slow * view.scale + view.y;
    const arm = 12 * density;
    context.stroke(new Path2D(`M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`));
  }
  const bar = scaleBar(view.scale, picture.pixelSizeM, canvas.width / 5);
  const y = canvas.height - 14 * density;
  context.fillStyle = colours.mark;
  context.fillRect(14 * density, y, bar.lengthPx, 4 * density);
  context.textAlign = 'left';
  write(context, bar.label, 14 * density, y - 10 * density, colours);
  context.restore();
  context.fillStyle = '#141a21';
  context.fillRect(0, canvas.height, made.width, foot);
  context.fillStyle = '#e8edf3';
  context.font = `${12 * density}px "JetBrains Mono", monospace`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillText(picture.caption, 14 * density, canvas.height + foot / 2, made.width - 28 * density);
  return new Promise((resolve, reject) => {
    made.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The browser made no picture.'))),
      'image/png',
    );
  });
}
