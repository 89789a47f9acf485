import type { JobReport, JobRequest } from '../../shared/contracts/job-run.ts';

/**
 * Compute is a port with drivers (`process` now; `container`, `slurm`): a run is submitted, goes on by itself whatever
 * happens to the worker, and is observed until it is over. Everything is idempotent by `runRef`, so that a worker killed
 * between any two lines, or two workers at once, start nothing twice. The contract suite is `compute.contract.ts`.
 */
export interface RunRequest {
  /** Chosen by the caller, once per attempt: `<job id>-<attempt>`. Letters, digits and hyphens. */
  runRef: string;
  /** `built-in:<folder under templates/>` */
  entry: string;
  job: JobRequest;
  /** Absolute folder with the experiment's files, shown to the program read-only. */
  treeDir: string;
  limits: { timeS: number; memoryBytes: number };
}

export type RunState = 'pending' | 'running' | 'exited' | 'lost';
/** Why a run is over. `exited`: by itself. */
export type RunEnding = 'exited' | 'cancelled' | 'interrupted' | 'time-limit' | 'start-failed' | 'lost';

export interface RunObservation {
  state: RunState;
  /** Null unless the program ended by itself. */
  exitCode: number | null;
  /** The signal that ended it, e.g. SIGKILL. */
  signal: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Null while pending or running. */
  ending: RunEnding | null;
  /** A sentence for people when the ending is not `exited`. */
  reason: string | null;
}

export interface RunOutputFile {
  /** Relative to the out folder, `/` between segments. */
  path: string;
  sizeBytes: number;
}

/** What confines a run, as told to people and kept with the job. */
export type Isolation = string;

export interface ComputeDriver {
  readonly name: 'process';
  /** How many runs may be alive at once. */
  readonly capacity: number;
  /** What confines the runs of this driver. Throws UNAVAILABLE when it may not run anything here. */
  isolation(): Promise<Isolation>;
  /** Starts a run, or does nothing when this `runRef` was started before. Throws BAD_INPUT for an unknown entry. */
  submit(request: RunRequest): Promise<{ runRef: string; isolation: Isolation }>;
  observe(runRef: string): Promise<RunObservation>;
  /** Ends a run, politely and after some seconds by force. Returns at once; observe tells when it is over. */
  cancel(runRef: string, why: 'cancelled' | 'interrupted'): Promise<void>;
  /**
   * Log bytes from `offset` on, at most `maxBytes`, always whole characters of valid UTF-8 without NUL, so that
   * `offset + sizeBytes` is where the next call goes on. Empty when there is nothing new or no such run.
   */
  readLog(runRef: string, offset: number, maxBytes: number): Promise<{ text: string; sizeBytes: number }>;
  /** The text of a report the program wrote, or null. Throws TOO_LARGE. */
  readReport(runRef: string, report: JobReport): Promise<string | null>;
  /** Result files of a run that is over, sorted by path: only regular files. Throws TOO_LARGE beyond 10 000 files. */
  listOutput(runRef: string): Promise<RunOutputFile[]>;
  readOutput(runRef: string, path: string): AsyncIterable<Uint8Array>;
  /** Removes what is left of a run that is over. */
  remove(runRef: string): Promise<void>;
  /** The runs this driver still keeps something of. */
  list(): Promise<string[]>;
}
