import { formatBytes, formatDuration } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import {
  type FiringOutcome,
  PARAMETER_SOURCES,
  type ParameterSource,
  TRIGGER_EVENTS,
  type TriggerConditions,
  type TriggerEvent,
} from '#src/shared/model/trigger-rules.ts';

type Rule = Pick<TriggerDetail, 'event' | 'everyFrames' | 'filePattern'>;

/** “when a dataset is finished”: the event as a part of a sentence. */
export function eventClause(event: TriggerEvent): string {
  if (event === 'dataset.frames') return TRIGGER_EVENTS[event];
  return `${event === 'api.called' ? 'on' : 'when'} ${TRIGGER_EVENTS[event]}`;
}

/** The same of one trigger: “every 100 frames of a dataset”. */
export function eventWords({ event, everyFrames, filePattern }: Rule): string {
  if (event === 'dataset.frames') return `every ${everyFrames} frames of a dataset`;
  if (event === 'file.stored') return `when a file ${filePattern} is stored`;
  return eventClause(event);
}

function between(min: number | undefined, max: number | undefined, words: (value: number) => string) {
  if (min !== undefined && max !== undefined) return `${words(min)} to ${words(max)}`;
  return min !== undefined ? `at least ${words(min)}` : max !== undefined ? `at most ${words(max)}` : null;
}

/** What else must be so, each in a few words. */
export function conditionWords(wanted: TriggerConditions): string[] {
  const frames = between(wanted.framesMin, wanted.framesMax, (value) => `${value}`);
  const size = between(wanted.sizeMinBytes, wanted.sizeMaxBytes, formatBytes);
  return [
    wanted.kinds ? wanted.kinds.join(' or ') : null,
    wanted.sample === undefined ? null : `sample ${wanted.sample}`,
    frames && `${frames} frames`,
    size,
    wanted.completeOnly ? 'complete' : null,
    wanted.jobTemplate === undefined ? null : `job of ${wanted.jobTemplate}`,
    wanted.jobEnded === undefined ? null : `job ${wanted.jobEnded}`,
  ].filter((words) => words !== null);
}

const PRIORITY_WORDS = { 'beam-time': 'beam time', standard: 'standard', test: 'test' } as const;
export const priorityWords = (priority: TriggerDetail['priority']): string => PRIORITY_WORDS[priority];

type Way = Pick<
  TriggerDetail,
  | 'profile'
  | 'licence'
  | 'onGrace'
  | 'priority'
  | 'mostAtOnce'
  | 'debounceS'
  | 'versionRule'
  | 'templateVersion'
>;

/** How it runs, where that is otherwise than usual. */
export function wayWords(way: Way): string[] {
  return [
    way.versionRule === 'fixed' ? `version ${way.templateVersion}` : null,
    way.profile && `profile ${way.profile.name}`,
    way.licence && `paid by ${way.licence.name}`,
    way.onGrace ? null : 'not without CPU hours',
    way.priority === 'beam-time' ? null : `priority ${priorityWords(way.priority)}`,
    way.mostAtOnce === null ? null : `at most ${way.mostAtOnce} at once`,
    way.debounceS === 0 ? null : `once in ${formatDuration(way.debounceS * 1000)}`,
  ].filter((words) => words !== null);
}

/** “energy (eV)”, or the name of a value of the acquisition. */
export function sourceWords(source: string): string {
  if (source.startsWith('value:')) return `the value ${source.slice('value:'.length)}`;
  return Object.hasOwn(PARAMETER_SOURCES, source) ? PARAMETER_SOURCES[source as ParameterSource] : source;
}

/** In the order in which they are offered. */
export const OUTCOME_SIGNS: Readonly<Record<FiringOutcome, { tone: Tone; word: string }>> = {
  started: { tone: 'ok', word: 'started' },
  condition: { tone: 'muted', word: 'condition not met' },
  off: { tone: 'muted', word: 'off' },
  debounced: { tone: 'muted', word: 'too soon' },
  busy: { tone: 'queued', word: 'enough run' },
  'not-covered': { tone: 'warn', word: 'no CPU hours' },
  'template-missing': { tone: 'failed', word: 'cannot run' },
  'bad-input': { tone: 'failed', word: 'bad parameters' },
  'window-over': { tone: 'warn', word: 'analysis over' },
  loop: { tone: 'warn', word: 'circle' },
  repeated: { tone: 'muted', word: 'ran before' },
};

/** The events about no dataset: what needs one cannot run on them. */
export const isAboutNothing = (event: TriggerEvent): boolean => event === 'experiment.finished';
