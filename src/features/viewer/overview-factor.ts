/**
 * Side of the blocks that overviews of a frame have: as large as still shows all that a window of this size can. Made from the window, not
 * from the place of the image in it, so that a drawer that opens changes nothing. Shape: [rows, columns].
 */
export function overviewFactor(
  [rows, columns]: readonly [number, number],
  view: { innerWidth: number; innerHeight: number; devicePixelRatio: number } = window,
): number {
  const density = view.devicePixelRatio || 1;
  const perPixel = Math.max(rows / (view.innerHeight * density), columns / (view.innerWidth * density));
  return Math.max(1, Math.floor(perPixel));
}
