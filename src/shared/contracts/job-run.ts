import type { ScanGrid } from '../model/acquisition-fields.ts';
import type { MaskLocation } from './agent-api.ts';
import type { Channel, Geometry } from './geometry.ts';
import type { ParameterValues } from './parameter-values.ts';

/**
 * What a program that runs as a job is told, and what it tells. It finds `input.json` in its working folder, prints its
 * log on stdout and stderr, and may write beside the input, each atomically (write a temporary name, rename):
 * `progress.json`, `metrics.json`, `plots.json`; files in `out/` become the job's results. Exit code 0 = succeeded.
 * Programs have this file and no packages: the schemas of what they write are in job-reports.ts. How scripts are told the same by
 * environment variables, and report by lines, is in script-run.ts and docs/templates.md.
 */
export const JOB_INPUT_FILE = 'input.json';
export const JOB_OUT_FOLDER = 'out';
export const JOB_REPORTS = ['progress', 'metrics', 'plots'] as const;
export type JobReport = (typeof JOB_REPORTS)[number];

/** Where the frames of one data file lie; paths are relative to `treeDir`. */
export interface JobFrameFile {
  channel: string;
  path: string;
  /** 1, and one more with every rewrite of the file. */
  version: number;
  /** 0-based image id of the first row. */
  firstFrame: number;
  rows: number;
  /** base64 of rows × (u64 LE offset, u32 LE size); size 0 = the frame never came. */
  entries: string;
}

/** A dataset as a program sees it. */
export interface JobDataset {
  id: string;
  /** Experiment-relative, "raw/lyso/run_1". */
  base: string;
  masterPath: string | null;
  channels: Channel[];
  geometry: Geometry;
  framesExpected: number | null;
  framesStored: number;
  /** Its source has not ended: more may come. */
  isReceiving: boolean;
  /** The lattice that was scanned, as its acquisition says; null = it says none. */
  grid: ScanGrid | null;
  frames: JobFrameFile[];
  /** Pixel masks inside the master file, one per channel at most. */
  masks: MaskLocation[];
}

/** The part of the input that does not depend on where the program runs. */
export interface JobRequest {
  jobId: string;
  experimentCode: string;
  templateSlug: string;
  templateVersion: number;
  parameters: ParameterValues;
  dataset: JobDataset | null;
}

/** `input.json` */
export interface JobInput extends JobRequest {
  /** Absolute: the files of the experiment, read-only, under the names people know them by. */
  treeDir: string;
  /** Absolute: the program's working folder; it may write here. */
  workDir: string;
  /** Absolute: what is left here becomes the job's results. */
  outDir: string;
  /**
   * Absolute: where a program that follows its dataset finds it as it is now, a `JobFeed`, read-only, written anew whenever it changes; the
   * file is not there before the first change. Null: this run is told nothing more than this.
   */
  feedPath: string | null;
  /** After this the run is ended. */
  timeLimitS: number;
}

/** What a run is told while it goes on. */
export interface JobFeed {
  /** Null: it is in the experiment of the job no more. */
  dataset: JobDataset | null;
}

export interface JobProgress {
  done: number;
  total: number;
  text: string;
}

/** Null = could not be told (and the log or the plots say why). */
export type JobMetrics = Record<string, number | string | null>;

/** A Plotly figure. */
export interface JobPlot {
  id: string;
  title: string;
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
}

/** More than this of a report is not read. */
export const JOB_REPORT_MAX_BYTES: Readonly<Record<JobReport, number>> = {
  progress: 4096,
  metrics: 65_536,
  plots: 8 * 1024 * 1024,
};
