import { saveFile } from '#src/components/save-file.ts';
import type { FrameSpot } from '#src/shared/codecs/spots-file.ts';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { type DetectorPlane, directBeam } from './detector-plane.ts';
import { overlayColours, spotInk } from './overlay-colours.ts';
import { overlayRings } from './overlay-rings.ts';
import { drawnSpots } from './overlay-spots.ts';
import { pictureOf } from './save-picture.ts';
import { fitView, transformOf } from './view-transform.ts';
import type { ViewerState } from './viewer-store.ts';

/** Saves what the window shows as a PNG. */
export async function savePicture({
  state,
  canvas: drawn,
  plane,
  shape,
  spots,
  range,
  label,
  name,
  geometry,
}: {
  state: ViewerState;
  canvas: HTMLCanvasElement | null;
  plane: DetectorPlane | null;
  shape: readonly [number, number];
  /** Of the frame; of those the kinds that are shown are drawn. */
  spots: readonly FrameSpot[];
  range: { low: number; high: number };
  label: string;
  /** Of the file, without its ending. */
  name: string;
  geometry: Geometry;
}): Promise<void> {
  const { canvas } = state;
  if (!drawn || !canvas) return;
  const frames =
    state.stack.frames > 1
      ? `${state.stack.kind} of frames ${state.frame + 1} … ${state.frame + state.stack.frames}`
      : `frame ${state.frame + 1}`;
  const view = state.view ? transformOf(state.view, canvas) : fitView(shape, canvas.width, canvas.height);
  const blob = await pictureOf({
    drawn,
    canvas,
    view,
    spots: drawnSpots(spots, state.spotKinds, view, canvas, state.spotSizePx),
    ink: spotInk(state),
    shape,
    rings: overlayRings(plane, shape, state),
    beam: plane && state.beamCross ? directBeam(plane) : null,
    mark: state.shape,
    colours: overlayColours(state),
    pixelSizeM: geometry.pixelSizeXM ?? null,
    ground: getComputedStyle(document.body).backgroundColor,
    caption: `${label} · ${frames} · ${Number(range.low.toPrecision(4))} … ${Number(range.high.toPrecision(4))} counts, ${state.transfer}`,
  });
  saveFile(blob, `${name}.png`);
}
