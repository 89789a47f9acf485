import { formatBytes, formatDuration, formatRunTime } from '#src/components/format.ts';
import { formatMetric } from '#src/components/format-metric.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { JobView } from '#src/server/domain/jobs/jobs.service.ts';
import { JOB_FINAL_STATES, type JobState } from '#src/shared/model/states.ts';

export const JOB_STATE_WORDS: Readonly<Record<JobState, { word: string; tone: Tone }>> = {
  queued: { word: 'Queued', tone: 'queued' },
  submitted: { word: 'Starting', tone: 'queued' },
  running: { word: 'Running', tone: 'running' },
  succeeded: { word: 'Succeeded', tone: 'ok' },
  failed: { word: 'Failed', tone: 'failed' },
  cancelled: { word: 'Cancelled', tone: 'muted' },
};

export const UNDER_WAY: readonly JobState[] = ['queued', 'submitted', 'running'];
export const isOver = (state: JobState): boolean => JOB_FINAL_STATES.includes(state);

/** What the list can be narrowed to, in the words of the address. */
export const JOB_FILTERS = {
  all: { label: 'All', states: undefined },
  active: { label: 'Under way', states: UNDER_WAY },
  succeeded: { label: 'Succeeded', states: ['succeeded'] },
  failed: { label: 'Failed', states: ['failed', 'cancelled'] },
} as const satisfies Record<string, { label: string; states: readonly JobState[] | undefined }>;
export type JobFilter = keyof typeof JOB_FILTERS;
export const JOB_FILTER_KEYS = Object.keys(JOB_FILTERS) as JobFilter[];

export interface ShownMetric {
  name: string;
  label: string;
  /** With its unit. */
  text: string;
}

/** All declared metrics in the order of the template, then what the run reported besides. */
export function shownMetrics(job: Pick<JobView, 'declaredMetrics' | 'metrics'>): ShownMetric[] {
  const declared = job.declaredMetrics.map((metric) => ({
    name: metric.name,
    label: metric.label,
    text: formatMetric(metric, job.metrics[metric.name]),
  }));
  const known = new Set(declared.map(({ name }) => name));
  const others = Object.entries(job.metrics)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => ({ name, label: name, text: value === null ? '—' : String(value) }));
  return [...declared, ...others];
}

/** The two that a row has room for, if the run has told them. */
export function rowMetrics(job: Pick<JobView, 'declaredMetrics' | 'metrics'>): ShownMetric[] {
  const inRow = new Set(job.declaredMetrics.filter((metric) => metric.inRow).map(({ name }) => name));
  return shownMetrics(job)
    .filter(({ name, text }) => inRow.has(name) && text !== '—')
    .slice(0, 2);
}

/** What a job is called: its template and, of a dataset, which: "Fast feedback lyso_A1/lyso_A1_run1". */
export function jobName(job: Pick<JobView, 'templateName' | 'base'>): string {
  return [job.templateName, job.base?.replace(/^raw\//, '')].filter(Boolean).join(' ');
}

/** How long it ran, or has been running; null before it started. */
export function tookWords(job: Pick<JobView, 'startedAt' | 'finishedAt'>, nowMs: number): string | null {
  if (!job.startedAt) return null;
  return formatRunTime((job.finishedAt?.getTime() ?? nowMs) - job.startedAt.getTime());
}

/** What its run has used, all of it together: "12.4 s of CPU time, 1.2 GB of memory at most". */
export function resourceWords(job: Pick<JobView, 'state' | 'usedCpuMs' | 'peakMemoryBytes'>): string {
  const cpu = job.usedCpuMs === null ? null : `${formatDuration(job.usedCpuMs)} of CPU time`;
  const memory =
    job.peakMemoryBytes === null ? null : `${formatBytes(job.peakMemoryBytes)} of memory at most`;
  const known = [cpu, memory].filter((each) => each !== null);
  if (known.length > 0) return known.join(', ');
  return isOver(job.state) ? 'not measured' : 'told when it is over';
}

/** What a job is doing or why it ended so, in one line; null when the metrics say it all. */
export function jobSentence(
  job: Pick<JobView, 'state' | 'queuedBefore' | 'progressText' | 'failure' | 'progress'>,
): string | null {
  switch (job.state) {
    case 'queued':
      if (!job.queuedBefore) return 'next in line';
      return `behind ${job.queuedBefore} ${job.queuedBefore === 1 ? 'other' : 'others'}`;
    case 'submitted':
      return 'its program is starting';
    case 'running':
      return job.progressText || null;
    case 'failed':
      return job.failure?.message ?? 'It failed.';
    case 'cancelled':
    case 'succeeded':
      return null;
  }
}

/** Who or what started it. */
export function starterWords(job: Pick<JobView, 'startedByName' | 'triggerName'>): string {
  return job.startedByName ?? (job.triggerName ? `trigger ${job.triggerName}` : 'the system');
}
