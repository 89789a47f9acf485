import type { JobMetrics, JobPlot } from '../../../shared/contracts/job-run.ts';
import type { TemplateMetric, TemplateParameter } from '../../../shared/contracts/job-template.ts';
import type { ParameterValues } from '../../../shared/contracts/parameter-values.ts';
import type { TemplateOutput } from '../../../shared/contracts/template-content.ts';
import type { PayingRule } from '../../../shared/model/sponsor.ts';
import type { JobState } from '../../../shared/model/states.ts';
import type { JobViewRow } from './job.repository.ts';
import type { LogPiece } from './job-log.repository.ts';
import type { LogHit, LogSearchPlace } from './log-search.ts';

/** A job as a list shows it. */
export interface JobView extends Omit<JobViewRow, 'declaredMetrics' | 'metrics'> {
  declaredMetrics: TemplateMetric[];
  metrics: JobMetrics;
}

export interface JobFile {
  /** Of the stored file; null: the run goes on, and the file may change or vanish. */
  id: string | null;
  path: string;
  name: string;
  sizeBytes: number;
  /** Of one that may change: when it last did. */
  changedAt: Date | null;
  /** Whether it can be looked at: pictures and reports can once they are stored, and before while they are not large. */
  canShow: boolean;
}

/** The job that another repeats, as far as the difference needs it. */
export interface JobParent {
  id: string;
  templateName: string;
  templateVersion: number;
  createdAt: Date;
  profileName: string | null;
  sponsorName: string | null;
  parameters: ParameterValues;
  declaredParameters: TemplateParameter[];
}

/** A job as its opened row or its page shows it. */
export interface JobDetail extends JobView {
  templateDescription: string;
  parameters: ParameterValues;
  declaredParameters: TemplateParameter[];
  /** Experiment-relative names of the datasets among its and its parent's parameters, by their ids. */
  datasets: Record<string, string>;
  plots: JobPlot[];
  /** What the template says that it leaves. */
  outputs: TemplateOutput[];
  files: JobFile[];
  parent: JobParent | null;
  /** The jobs that repeat it, the newest first. */
  repetitions: { id: string; state: JobState; createdAt: Date; templateName: string }[];
  /** Whether the caller may cancel it now, and may run the template again. */
  canCancel: boolean;
  canRun: boolean;
  /** What the rule names by which its licence pays; null: without one, or nobody. */
  payingRule: PayingRule | null;
  /** Of one that was chosen to stand for its dataset (`resultChosenAt`): by whom. */
  resultChosenByName: string | null;
  /** Whether the caller may say that its result stands for its dataset, or take that back. */
  canChooseResult: boolean;
  /** What a run of the template would be asked for now; null where the caller may not run it, or it is archived. */
  newest: { version: number; parameters: TemplateParameter[] } | null;
  /** Whether the caller may ask for a longer processing window. */
  canAskProlongation: boolean;
}

export type { LogPiece } from './job-log.repository.ts';
export type { LogHit, LogSearchPlace } from './log-search.ts';

export interface JobLogPage {
  chunks: LogPiece[];
  firstSeq: number | null;
  /** Ask again with this; the same number when nothing was new. */
  lastSeq: number;
  /** There is more behind `lastSeq` already, and before `firstSeq`. */
  more: boolean;
  earlier: boolean;
  /** Of the whole log as it is now. */
  sizeBytes: number;
  lines: number;
}

export interface LogSearchPage {
  /** The last first. */
  hits: LogHit[];
  /** Where to go on; null: all of it was searched. */
  next: LogSearchPlace | null;
  /** Not searched yet, and of the whole. */
  leftBytes: number;
  sizeBytes: number;
}
