import { z } from 'zod';
import type { JobMetrics, JobPlot, JobProgress } from './job-run.ts';

/** Checks what a program reported: it is user content, and an ill-formed report must never break a page. */
export const jobProgressSchema: z.ZodType<JobProgress> = z.object({
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  text: z.string().max(200),
});

export const jobMetricsSchema: z.ZodType<JobMetrics> = z.record(
  z.string().max(40),
  z.union([z.number(), z.string().max(200), z.null()]),
);

/** Kinds of trace that are drawn as SVG: the others need eval or fetch maps from elsewhere, which the pages forbid. */
const TRACE_TYPES = [
  'scatter',
  'bar',
  'histogram',
  'histogram2d',
  'heatmap',
  'contour',
  'box',
  'violin',
  'pie',
] as const;
const traceSchema = z.looseObject({ type: z.enum(TRACE_TYPES).optional() });

export const jobPlotSchema: z.ZodType<JobPlot> = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  title: z.string().max(120),
  data: z.array(traceSchema).max(20),
  layout: z.record(z.string(), z.unknown()),
});
export const jobPlotsSchema = z.array(jobPlotSchema).max(40);
