/** Frames per second that playing can be set to. */
export const PLAY_RATES: readonly number[] = [1, 2, 5, 10, 20, 30];

/** The frame that follows while playing; null = playing is over. */
export function playStep(frame: number, frames: number, loop: boolean): number | null {
  if (frame + 1 < frames) return frame + 1;
  return loop && frames > 1 ? 0 : null;
}
