import { join } from 'node:path';
import { JOB_REPORT_MAX_BYTES, type JobReport } from '../../shared/contracts/job-run.ts';
import {
  foldReportLines,
  REPORT_LINES_MAX_BYTES,
  reportLinesFile,
} from '../../shared/contracts/script-run.ts';
import { readUntrustedText } from './run-folder.ts';

/** What the program in this working folder reported: as one text, or by lines that amount to one. Null: nothing yet. Throws TOO_LARGE. */
export async function readReportOf(workDir: string, report: JobReport): Promise<string | null> {
  const whole = await readUntrustedText(join(workDir, `${report}.json`), JOB_REPORT_MAX_BYTES[report]);
  if (whole !== null) return whole;
  const lines = await readUntrustedText(
    join(workDir, reportLinesFile(report)),
    REPORT_LINES_MAX_BYTES[report],
  );
  return lines === null ? null : foldReportLines(report, lines);
}
