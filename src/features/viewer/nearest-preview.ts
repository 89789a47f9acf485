/** Farther than this share of the dataset a preview says nothing of a frame. A HUB that keeps 40 leaves none farther away. */
const NEAR_SHARE = 1 / 80;

/** The preview of a frame, or of one close to it; null when none is close. */
export function nearestPreview<Preview extends { frame: number }>(
  previews: readonly Preview[],
  frame: number,
  frames: number,
): Preview | null {
  const reach = Math.max(1, Math.ceil(frames * NEAR_SHARE));
  let best: Preview | null = null;
  for (const preview of previews) {
    const distance = Math.abs(preview.frame - frame);
    if (distance <= reach && (best === null || distance < Math.abs(best.frame - frame))) best = preview;
  }
  return best;
}

/** Previews to fetch before somebody steps there: those around a frame, the nearest first. */
export function previewsAround<Preview extends { frame: number }>(
  previews: readonly Preview[],
  frame: number,
  count: number,
): Preview[] {
  return previews
    .toSorted((a, b) => Math.abs(a.frame - frame) - Math.abs(b.frame - frame) || b.frame - a.frame)
    .slice(0, count);
}
