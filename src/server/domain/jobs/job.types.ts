import type { JobMetrics, JobPlot } from '../../../shared/contracts/job-run.ts';
import type { TemplateMetric, TemplateParameter } from '../../../shared/contracts/job-template.ts';
import type { ParameterValues } from '../../../shared/contracts/parameter-values.ts';
import type { TemplateOutput } from '../../../shared/contracts/template-content.ts';
import type { JobViewRow } from './job.repository.ts';

/** A job as a list shows it. */
export interface JobView extends Omit<JobViewRow, 'declaredMetrics' | 'metrics'> {
  declaredMetrics: TemplateMetric[];
  metrics: JobMetrics;
}

export interface JobFile {
  id: string;
  path: string;
  name: string;
  sizeBytes: number;
}

/** A job as its opened row or its page shows it. */
export interface JobDetail extends JobView {
  templateDescription: string;
  parameters: ParameterValues;
  declaredParameters: TemplateParameter[];
  /** Experiment-relative names of the datasets among the parameters, by their ids. */
  datasets: Record<string, string>;
  plots: JobPlot[];
  /** What the template says that it leaves. */
  outputs: TemplateOutput[];
  files: JobFile[];
  /** Whether the caller may cancel it now, and may run the template again. */
  canCancel: boolean;
  canRun: boolean;
  /** What a run of the template would be asked for now; null where the caller may not run it, or it is archived. */
  newest: { version: number; parameters: TemplateParameter[] } | null;
  /** Whether the caller may ask for a longer processing window. */
  canAskProlongation: boolean;
}

export interface JobLogChunk {
  seq: number;
  at: Date;
  text: string;
}

export interface JobLogPage {
  chunks: JobLogChunk[];
  /** Ask again with this; the same number when nothing was new. */
  lastSeq: number;
  /** There is more behind `lastSeq` already. */
  more: boolean;
}
