/** Farther than this share of the dataset a preview says nothing of a frame. */
const NEAR_SHARE = 0.01;

/** The preview of a frame, or of one close to it; null when none is close. */
export function nearestPreview<Preview extends { frame: number }>(
  previews: readonly Preview[],
  frame: number,
  frames: number,
): Preview | null {
  const reach = Math.max(1, Math.floor(frames * NEAR_SHARE));
  let best: Preview | null = null;
  for (const preview of previews) {
    const distance = Math.abs(preview.frame - frame);
    if (distance <= reach && (best === null || distance < Math.abs(best.frame - frame))) best = preview;
  }
  return best;
}
