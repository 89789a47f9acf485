/** A run is known as `<job id>-<attempt>`: one job may be run again when its machine was shut down under it. */
export const MAX_ATTEMPTS = 3;

export function attemptOf(runRef: string | null): number {
  if (runRef === null) return 0;
  return Number(runRef.slice(runRef.lastIndexOf('-') + 1));
}

/** Depends on the job's row alone, so that a worker that takes over from a killed one arrives at the same name. */
export const nextRunRef = (jobId: string, runRef: string | null): string =>
  `${jobId}-${attemptOf(runRef) + 1}`;

export const jobIdOf = (runRef: string): string => runRef.slice(0, runRef.lastIndexOf('-'));
