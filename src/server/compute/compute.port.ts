import type { JobReport, JobRequest } from '../../shared/contracts/job-run.ts';
import type { ScriptRun } from '../../shared/contracts/script-run.ts';
import type { TemplateRequirement } from '../../shared/contracts/template-requirement.ts';

/**
 * Compute is a port with drivers (`process` now; `container`, `slurm`): a run is submitted, goes on by itself whatever
 * happens to the worker, and is observed until it is over. Everything is idempotent by `runRef`, so that a worker killed
 * between any two lines, or two workers at once, start nothing twice. The contract suite is `compute.contract.ts`.
 */
export interface RunRequest {
  /** Chosen by the caller, once per attempt: `<job id>-<attempt>`. Letters, digits and hyphens. */
  runRef: string;
  /** `built-in:<folder under templates/>`, or `script:<language>` with the script. */
  entry: string;
  script?: ScriptRun | null;
  job: JobRequest;
  /** Absolute folder with the experiment's files, shown to the program read-only. */
  treeDir: string;
  /** Its program reaches the network of this machine, the loopback too; without it none at all. */
  network?: boolean;
  /** Whether it is told something while it goes on (`feed`). */
  isFed?: boolean;
  limits: RunLimits;
}

/** What a run may take, all it starts together. `isolation()` tells what of it holds on this machine. */
export interface RunLimits {
  timeS: number;
  cpus: number;
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
  /** In its working folder; folders count as files too. */
  outputBytes: number;
  outputFiles: number;
}

export type RunState = 'pending' | 'running' | 'exited' | 'lost';
/**
 * Why a run is over, and whose doing that is: a run whose end is the platform's is run again or costs nothing (`settle-job.ts`), one that
 * its program or a person ended is paid. `exited`: by itself; `interrupted`: its machine was shut down or started again; `lost`: nobody knows.
 */
export const RUN_ENDINGS = {
  exited: 'theirs',
  'out-of-memory': 'theirs',
  'time-limit': 'theirs',
  'output-limit': 'theirs',
  cancelled: 'theirs',
  interrupted: 'ours',
  'disk-full': 'ours',
  'start-failed': 'ours',
  lost: 'ours',
} as const satisfies Record<string, 'ours' | 'theirs'>;
export type RunEnding = keyof typeof RUN_ENDINGS;

/** What a run has used, all it started together. Null: this machine does not tell. */
export interface RunUse {
  cpuMs: number | null;
  /** Memory of programs and memory disks without cached files, the highest of looks ten times a second; null too when none of them saw it. */
  peakMemoryBytes: number | null;
}

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
  /** Null while pending or running, and where nobody knows. */
  use: RunUse | null;
}

export interface RunOutputFile {
  /** Relative to the out folder, `/` between segments. */
  path: string;
  sizeBytes: number;
}

/** A file in the out folder of a run that goes on. */
export interface RunOutputSoFar extends RunOutputFile {
  changedAt: Date;
}

/** What confines a run, as told to people and kept with the job. */
export type Isolation = string;

export interface ComputeDriver {
  readonly name: 'process';
  /** How many CPUs the runs that are alive at once may have, all together. */
  readonly capacity: number;
  /** What confines the runs of this driver. Throws UNAVAILABLE when it may not run anything here. */
  isolation(): Promise<Isolation>;
  /** Those of the requirements that a program would not find here, in their order. */
  missing(required: readonly TemplateRequirement[]): Promise<TemplateRequirement[]>;
  /** Starts a run, or does nothing when this `runRef` was started before. Throws BAD_INPUT for an unknown entry. */
  submit(request: RunRequest): Promise<{ runRef: string; isolation: Isolation }>;
  observe(runRef: string): Promise<RunObservation>;
  /** Calls back whenever a run that was submitted here may be over: a hint that looking is worth while, which may also fail to come. */
  onEnd(listener: () => void): void;
  /**
   * Tells a run that goes on how things are now, in place of what it was told before: it reads the old text or the new one, never half of
   * either, and cannot change it. Nothing for a run that is over, or gone, or not to be fed. From any worker, any number of times.
   */
  feed(runRef: string, text: string): Promise<void>;
  /** Ends a run, politely and after some seconds by force; one that is over stays as it ended. Returns at once; observe tells when it is over. */
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
  /**
   * The same of a run that goes on, no more than `limit` files and none whose folder or self the program has closed to others; never throws for
   * what changes meanwhile. Empty when there is no such run.
   */
  outputSoFar(runRef: string, limit: number): Promise<RunOutputSoFar[]>;
  /** Its bytes, if it is a regular file of just this size; null when it is not, or has gone. Follows no link. */
  readSoFar(runRef: string, file: { path: string; sizeBytes: number }): Promise<Uint8Array | null>;
  readOutput(runRef: string, path: string): AsyncIterable<Uint8Array>;
  /** Removes what is left of a run that is over; CONFLICT while it is not. Nothing more is known of it then. */
  remove(runRef: string): Promise<void>;
  /** The runs this driver still keeps something of. */
  list(): Promise<string[]>;
}
