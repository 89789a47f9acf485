import { formatDay } from '#src/components/format.ts';
import { formatMetric, inLine } from '#src/components/format-metric.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { figures } from '#src/shared/model/measured-words.ts';
import type { ExperimentState } from '#src/shared/model/states.ts';

type Tone = 'ok' | 'running' | 'queued' | 'warn' | 'failed' | 'muted';

export const EXPERIMENT_STATE_WORDS: Readonly<Record<ExperimentState, { word: string; tone: Tone }>> = {
  preparation: { word: 'Preparation', tone: 'queued' },
  running: { word: 'Running', tone: 'running' },
  processing: { word: 'Processing', tone: 'ok' },
  closed: { word: 'Closed', tone: 'muted' },
};

/** Why an experiment has no datasets, and whether some may come. */
export function noDatasetsWords(
  experiment: Pick<ExperimentDetail, 'state' | 'activeSince' | 'startedAt' | 'finishedAt'> & {
    instrument: { name: string };
  },
  timeZone: string,
): string {
  const at = experiment.instrument.name;
  if (experiment.activeSince)
    return `Every series that ${at} measures from now on appears here by itself, frame by frame.`;
  if (experiment.state === 'preparation')
    return `Every series appears here by itself once the experiment is active at ${at}; its staff activate it.`;
  if (experiment.state === 'running')
    return `The experiment is not the active one at ${at}. Every series that is measured while it is active appears here by itself.`;
  if (!experiment.startedAt) return `It was closed before it was active at ${at}, and gets no data any more.`;
  const finished = experiment.finishedAt ? ` on ${formatDay(experiment.finishedAt, timeZone)}` : '';
  return `It was finished${finished} and no data had come. Only what was measured while it was active, and is sent late, can still appear.`;
}

/** "spotsMedian" → "spots median". */
function keyWords(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}

/**
 * The best numbers of a dataset's jobs, for a list: at most three, the most telling first, in the words and digits that the job
 * templates declare. What no template declares (any more) keeps its name.
 */
export function summaryWords(
  summary: Readonly<Record<string, number>>,
  declared: readonly Pick<TemplateMetric, 'name' | 'label' | 'digits' | 'unit'>[],
): { label: string; value: string }[] {
  const first = ['mergedResolutionA', 'completeness', 'ccHalf'];
  const weight = (key: string) => {
    if (first.includes(key)) return first.indexOf(key) - first.length;
    return /resolution/i.test(key) ? 0 : key === 'spotsMedian' ? 1 : /spot/i.test(key) ? 2 : 3;
  };
  return Object.entries(summary)
    .sort(([a], [b]) => weight(a) - weight(b) || a.localeCompare(b))
    .slice(0, 3)
    .map(([key, value]) => {
      const metric = declared.find(({ name }) => name === key);
      if (metric) return { label: inLine(metric.label), value: formatMetric(metric, value) };
      return { label: keyWords(key), value: figures(value, 3) };
    });
}
