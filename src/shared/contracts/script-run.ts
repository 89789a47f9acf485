import type { z } from 'zod';
import { jobMetricsSchema, jobPlotSchema, jobProgressSchema } from './job-reports.ts';
import type { JobReport } from './job-run.ts';
import type { TemplateLanguage } from './template-content.ts';

/**
 * How a script runs as a job (docs/templates.md tells it to those who write one). It is told by environment variables, in which every value
 * is data: nothing of what people typed is ever part of a command line or read by a shell. It may report with `echo`, one JSON object a line.
 */
export type ScriptVariable =
  | { name: string; value: string }
  /** Paths relative to the experiment; the script gets them absolute, one a line. */
  | { name: string; paths: readonly string[] };

export interface ScriptFile {
  /** Below JOB_TEMPLATE_DIR. */
  path: string;
  bytes: Uint8Array;
}

export interface ScriptRun {
  language: TemplateLanguage;
  files: readonly ScriptFile[];
  variables: readonly ScriptVariable[];
}

/** `script:bash` of a version whose language it is; null for what ships as a program. */
export function scriptLanguage(entry: string): TemplateLanguage | null {
  const language = /^script:(bash|python)$/.exec(entry)?.[1];
  return language ? (language as TemplateLanguage) : null;
}

export const scriptEntry = (language: TemplateLanguage): string => `script:${language}`;

/** The variable of an input: `maxFrames` → `JOB_INPUT_MAX_FRAMES`. No two names give the same one. */
export const variableName = (parameter: string): string =>
  `JOB_INPUT_${parameter.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Beside the input, in the working folder. */
export const reportLinesFile = (report: JobReport): string => `${report}.jsonl`;
/** Beyond it nothing new of the report is read. */
export const REPORT_LINES_MAX_BYTES: Readonly<Record<JobReport, number>> = {
  progress: 1024 * 1024,
  metrics: 1024 * 1024,
  plots: 16 * 1024 * 1024,
};

const NOTHING_YET = { progress: { done: 0, total: 0, text: '' }, metrics: {}, plots: { layout: {} } };
const LINE_SCHEMAS: Readonly<Record<JobReport, z.ZodType>> = {
  progress: jobProgressSchema,
  metrics: jobMetricsSchema,
  plots: jobPlotSchema,
};

/** What a line reports; null when it is none: the last one may be half written, and a wrong one must not take the right ones along. */
function readLine(report: JobReport, line: string): Record<string, unknown> | null {
  try {
    const told: unknown = JSON.parse(line);
    // Of a text or a list the spread below would make an object.
    if (typeof told !== 'object' || told === null || Array.isArray(told)) return null;
    const { success, data } = LINE_SCHEMAS[report].safeParse({ ...NOTHING_YET[report], ...told });
    return success ? (data as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/**
 * The report, as `readReport` gives it, that lines amount to: the last progress, every metric as it was told last, every plot by its id as it
 * was drawn last. Lines that are no report are passed over. Null when there is none that is.
 */
export function foldReportLines(report: JobReport, text: string): string | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const told = lines.map((line) => readLine(report, line)).filter((line) => line !== null);
  if (told.length === 0) return null;
  switch (report) {
    case 'progress':
      return JSON.stringify(told.at(-1));
    case 'metrics':
      return JSON.stringify(Object.fromEntries(told.flatMap((line) => Object.entries(line))));
    case 'plots':
      return JSON.stringify([...new Map(told.map((plot) => [plot.id, plot])).values()]);
  }
}
