/** A frame that was looked at, and when. */
export interface Visit {
  frame: number;
  atMs: number;
}

/** Steps farther apart than this are not one movement. */
const PAUSE_MS = 1500;
/** How far ahead of the eye to be. */
const LEAD_MS = 1000;
const LEAST = 2;
const MOST = 24;

/**
 * Which frames to fetch ahead, the nearest first: in the direction and with the stride of the last steps, as many as pass
 * in a second at their speed, and no more bytes than the budget.
 * @param visits in order, the frame looked at now last
 */
export function prefetchPlan(
  visits: readonly Visit[],
  { frames, frameBytes, budgetBytes }: { frames: number; frameBytes: number; budgetBytes: number },
): number[] {
  const now = visits.at(-1);
  if (!now || frameBytes <= 0) return [];
  const before = visits.at(-2);
  const step = before ? now.frame - before.frame : 0;
  const isMoving = before !== undefined && step !== 0 && now.atMs - before.atMs < PAUSE_MS;
  const stride = isMoving ? step : step < 0 ? -1 : 1;
  const everyMs = isMoving ? Math.max(1, now.atMs - before.atMs) : LEAD_MS;
  const wanted = Math.min(MOST, Math.max(LEAST, Math.ceil(LEAD_MS / everyMs)));
  const count = Math.min(wanted, Math.floor(budgetBytes / frameBytes));
  const plan: number[] = [];
  for (let n = 1; n <= count; n++) {
    const next = now.frame + n * stride;
    if (next < 0 || next >= frames) break;
    plan.push(next);
  }
  return plan;
}
