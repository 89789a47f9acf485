/**
 * How long a job waits so that it sees in its tree what it is about: all that was stored when it was made, a dataset that had just been
 * finished or files of the job before. Machines' clocks differ: never longer than the tree is late.
 * @param treeDelayMs of the store: how late its tree may be
 */
export function untilShownMs(madeAt: Date, now: Date, treeDelayMs: number): number {
  const ageMs = now.getTime() - madeAt.getTime();
  return Math.min(treeDelayMs, Math.max(0, treeDelayMs - ageMs));
}
