import type { z } from 'zod';
import {
  jobMetricsSchema,
  jobPlotsSchema,
  jobProgressSchema,
} from '../../../shared/contracts/job-reports.ts';
import type { JobMetrics, JobPlot, JobReport } from '../../../shared/contracts/job-run.ts';
import type { ComputeDriver } from '../../compute/compute.port.ts';

/** What a run reported since the last look; keys that did not change are absent. */
export interface ReportChanges {
  progress?: number;
  progressText?: string;
  metrics?: JobMetrics;
  plots?: JobPlot[];
}

/**
 * Reads the reports of runs and remembers their texts, so that an unchanged one costs no parsing and no write. What it remembers may
 * be lost at any time: then a report is written once more, the same.
 */
export class ReportReader {
  private readonly compute: ComputeDriver;
  private readonly onFault: (runRef: string, report: JobReport, fault: unknown) => void;
  private readonly seen = new Map<string, string>();

  constructor(compute: ComputeDriver, onFault: (runRef: string, report: JobReport, fault: unknown) => void) {
    this.compute = compute;
    this.onFault = onFault;
  }

  async changes(runRef: string): Promise<ReportChanges> {
    const changes: ReportChanges = {};
    const progress = await this.changed(runRef, 'progress', jobProgressSchema);
    if (progress) {
      changes.progress = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
      changes.progressText = progress.text;
    }
    const metrics = await this.changed(runRef, 'metrics', jobMetricsSchema);
    if (metrics) changes.metrics = metrics;
    const plots = await this.changed(runRef, 'plots', jobPlotsSchema);
    if (plots) changes.plots = plots;
    return changes;
  }

  /** Call when what `changes` told could not be stored, or the run is over. */
  forget(runRef: string): void {
    for (const report of ['progress', 'metrics', 'plots']) this.seen.delete(`${runRef} ${report}`);
  }

  private async changed<T>(runRef: string, report: JobReport, schema: z.ZodType<T>): Promise<T | null> {
    const key = `${runRef} ${report}`;
    try {
      const text = await this.compute.readReport(runRef, report);
      // A NUL is legal in JSON but not in the database.
      if (text === null || text === this.seen.get(key)) return null;
      this.seen.set(key, text);
      return schema.parse(JSON.parse(text.replaceAll('\\u0000', '\ufffd')));
    } catch (fault) {
      // A program's broken report must not stop its job; the fault goes to the log of the worker.
      this.onFault(runRef, report, fault);
      return null;
    }
  }
}
