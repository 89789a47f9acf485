import { z } from 'zod';
import { plainText } from './plain-text.ts';
import { ACQUISITION_KINDS, type AcquisitionKind, JOB_PRIORITIES } from './states.ts';

/** What a trigger may wait for, in words. */
export const TRIGGER_EVENTS = {
  'dataset.started': 'a dataset has started',
  'dataset.frames': 'every N frames of a dataset',
  'dataset.finished': 'a dataset is finished',
  'grid.finished': 'a grid scan is finished',
  'job.finished': 'a job has ended',
  'file.stored': 'a file that matches a pattern is stored',
  'experiment.finished': 'the experiment is finished',
  'api.called': 'a call by API',
} as const;
export type TriggerEvent = keyof typeof TRIGGER_EVENTS;
export const TRIGGER_EVENT_NAMES = Object.keys(TRIGGER_EVENTS) as [TriggerEvent, ...TriggerEvent[]];

/** Always the newest version of the template, or the one that was newest when the trigger was written. */
export const VERSION_RULES = ['newest', 'fixed'] as const;
export type VersionRule = (typeof VERSION_RULES)[number];

/** How the decision about one event ended. All but `started` start nothing. */
export const FIRING_OUTCOMES = {
  started: 'started a job',
  off: 'is switched off',
  condition: 'a condition is not met',
  debounced: 'too soon after the last',
  busy: 'as many run as may',
  'not-covered': 'no CPU hours',
  'template-missing': 'the template cannot run',
  'bad-input': 'the parameters do not fit',
  'window-over': 'analysis is over',
  loop: 'it would start itself again',
  repeated: 'ran before',
} as const;
export type FiringOutcome = keyof typeof FIRING_OUTCOMES;
export const FIRING_OUTCOME_NAMES = Object.keys(FIRING_OUTCOMES) as [FiringOutcome, ...FiringOutcome[]];

const frames = z
  .int({ error: 'Write a whole number.' })
  .min(0, 'At least 0.')
  .max(1e9, 'At most 1000000000.');
const bytes = z.int({ error: 'Write a whole number.' }).min(0, 'At least 0.').max(1e15, 'At most 1 PB.');
/** More could be made to take for ever. */
const MOST_STARS = 6;
const pattern = plainText({ max: 300, empty: 'Write a pattern, as raw/**/*_master.h5.' }).refine(
  (text) => (text.match(/\*+/g) ?? []).length <= MOST_STARS,
  `At most ${MOST_STARS} stars.`,
);

/** What else must be so; what is not given is not looked at. */
export const triggerConditionsSchema = z.strictObject({
  kinds: z.array(z.enum(ACQUISITION_KINDS)).min(1, 'Choose at least one kind.').optional(),
  /** A pattern over the name of the sample, without regard to case. */
  sample: pattern.optional(),
  framesMin: frames.optional(),
  framesMax: frames.optional(),
  sizeMinBytes: bytes.optional(),
  sizeMaxBytes: bytes.optional(),
  /** The dataset has every frame that was announced. */
  completeOnly: z.boolean().optional(),
  /** Of a job that has ended: its template, and how it ended. */
  jobTemplate: plainText({ max: 100, empty: 'Name a template.' }).optional(),
  jobEnded: z.enum(['succeeded', 'failed']).optional(),
});
export type TriggerConditions = z.output<typeof triggerConditionsSchema>;

/** What is known of an event when its trigger is looked at; null: not known, or of no dataset. */
export interface EventFacts {
  kind: AcquisitionKind | null;
  sample: string | null;
  frames: number | null;
  sizeBytes: number | null;
  isComplete: boolean | null;
  /** Every point of the scan's lattice has a frame; null: there is no lattice. */
  gridPoints: { stored: number; wanted: number } | null;
  path: string | null;
  job: { template: string; state: string } | null;
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Whether a whole text matches: `*` anything but a slash, `**` anything, `?` one character that is none. */
export function matchesPattern(text: string, wanted: string, how: { ignoreCase?: boolean } = {}): boolean {
  // Neighbouring stars are one, or a pattern of many could take for ever.
  const source = wanted
    .split(/(\*+\/?|\?)/)
    .map((part) => {
      if (part === '') return '';
      if (part === '?') return '[^/]';
      if (!part.startsWith('*')) return escaped(part);
      const isDeep = part.startsWith('**');
      if (part.endsWith('/')) return isDeep ? '(?:.*/)?' : '[^/]*/';
      return isDeep ? '.*' : '[^/]*';
    })
    .join('');
  return new RegExp(`^${source}$`, how.ignoreCase ? 'isu' : 'su').test(text);
}

export const filePatternSchema = pattern.refine(
  (text) => !text.startsWith('/') && !text.includes('..'),
  'A path inside the experiment, as raw/**/*.h5.',
);

/** Why an event is not one for the trigger, as a sentence; null: it is. */
export function unmetCondition(
  rule: { event: TriggerEvent; filePattern: string | null; conditions: TriggerConditions },
  facts: EventFacts,
): string | null {
  const { conditions: wanted } = rule;
  if (rule.event === 'file.stored' && !matchesPattern(facts.path ?? '', rule.filePattern ?? '')) {
    return `The path does not match ${rule.filePattern}.`;
  }
  if (
    rule.event === 'grid.finished' &&
    facts.gridPoints &&
    facts.gridPoints.stored < facts.gridPoints.wanted
  ) {
    return `Of ${facts.gridPoints.wanted} points of the grid ${facts.gridPoints.stored} have a frame.`;
  }
  if (wanted.kinds && (facts.kind === null || !wanted.kinds.includes(facts.kind))) {
    return `The kind is ${facts.kind ?? 'not known'}, not ${wanted.kinds.join(' or ')}.`;
  }
  if (
    wanted.sample !== undefined &&
    !matchesPattern(facts.sample ?? '', wanted.sample, { ignoreCase: true })
  ) {
    return facts.sample === null
      ? 'No sample is known.'
      : `The sample ${facts.sample} does not match ${wanted.sample}.`;
  }
  const bounds = [
    ['frames', facts.frames, wanted.framesMin, wanted.framesMax],
    ['bytes', facts.sizeBytes, wanted.sizeMinBytes, wanted.sizeMaxBytes],
  ] as const;
  for (const [unit, value, min, max] of bounds) {
    if (min === undefined && max === undefined) continue;
    if (value === null) return `The number of ${unit} is not known.`;
    if (min !== undefined && value < min) return `It has ${value} ${unit}, fewer than ${min}.`;
    if (max !== undefined && value > max) return `It has ${value} ${unit}, more than ${max}.`;
  }
  if (wanted.completeOnly && facts.isComplete !== true) return 'The dataset is not complete.';
  if (wanted.jobTemplate !== undefined && facts.job?.template !== wanted.jobTemplate) {
    return `The job is of the template ${facts.job?.template ?? 'of nothing'}, not ${wanted.jobTemplate}.`;
  }
  if (wanted.jobEnded !== undefined && facts.job?.state !== wanted.jobEnded) {
    return `The job ended as ${facts.job?.state ?? 'nothing'}, not as ${wanted.jobEnded}.`;
  }
  return null;
}

/** What a parameter may be taken from when the trigger fires, with the words for it. */
export const PARAMETER_SOURCES = {
  kind: 'kind of acquisition',
  sample: 'name of the sample',
  energyEv: 'energy (eV)',
  wavelengthA: 'wavelength (Å)',
  exposureS: 'exposure (s)',
  omegaStartDeg: 'first angle (°)',
  omegaIncrementDeg: 'angle between frames (°)',
  detectorDistanceM: 'detector distance (m)',
  beamCenterXPx: 'beam centre, fast (px)',
  beamCenterYPx: 'beam centre, slow (px)',
  frames: 'frames stored',
  framesExpected: 'frames announced',
  'grid.rows': 'rows of the grid',
  'grid.columns': 'columns of the grid',
  base: 'path of the dataset',
  path: 'path of the file',
  'job.outputPath': 'results of the job that ended',
  datasets: 'all complete datasets of the experiment',
} as const;
export type ParameterSource = keyof typeof PARAMETER_SOURCES;
const SOURCE_NAMES = Object.keys(PARAMETER_SOURCES);
/** `value:<name>`: one of the values that automation gave with the acquisition. */
export const parameterSourceSchema = z
  .string()
  .max(80)
  .refine((text) => SOURCE_NAMES.includes(text) || /^value:[A-Za-z][\w .-]{0,59}$/.test(text), {
    error: `One of ${SOURCE_NAMES.join(', ')}, or value: and the name of a value of the acquisition.`,
  });

/** The values of an event by the names of `PARAMETER_SOURCES`, and those of its acquisition by theirs. */
export interface SourceValues {
  named: Readonly<Partial<Record<ParameterSource, string | number | readonly string[] | null>>>;
  values: Readonly<Record<string, unknown>>;
}

/** An acquisition's value as it is kept: bare, or with its unit. */
function bareValue(kept: unknown): unknown {
  return kept !== null && typeof kept === 'object' && 'value' in kept ? kept.value : kept;
}

/** The parameters that are taken from the event; one that is not known is left out, so that the template's default stands. */
export function takenParameters(
  taken: Readonly<Record<string, string>>,
  from: SourceValues,
): Record<string, unknown> {
  const given = Object.entries(taken).map(([name, source]): [string, unknown] => {
    if (!source.startsWith('value:')) return [name, from.named[source as ParameterSource]];
    const key = source.slice('value:'.length);
    return [name, Object.hasOwn(from.values, key) ? bareValue(from.values[key]) : null];
  });
  return Object.fromEntries(given.filter(([, value]) => value !== null && value !== undefined));
}

export const MOST_DEBOUNCE_S = 86_400;
export const MOST_AT_ONCE = 1000;

/** All that staff write of a trigger. */
export const triggerDraftSchema = z
  .strictObject({
    name: plainText({ max: 80, empty: 'A trigger needs a name.' }),
    event: z.enum(TRIGGER_EVENT_NAMES),
    everyFrames: z.int().min(1, 'At least 1.').max(1e6, 'At most 1000000.').nullable().default(null),
    filePattern: filePatternSchema.nullable().default(null),
    conditions: triggerConditionsSchema.default({}),
    template: plainText({ max: 100, empty: 'Choose a template.' }),
    versionRule: z.enum(VERSION_RULES).default('newest'),
    parameters: z.record(z.string().max(100), z.unknown()).default({}),
    taken: z.record(z.string().max(100), parameterSourceSchema).default({}),
    profileId: z.uuid().nullable().default(null),
    /** The licence that is to pay; null: the sponsorship rules decide. */
    licenceId: z.uuid().nullable().default(null),
    /** Where no CPU hours are left it runs all the same, on grace. */
    onGrace: z.boolean().default(true),
    priority: z.enum(JOB_PRIORITIES).default('beam-time'),
    /** Jobs of it that may wait or run at once; null: any number. */
    mostAtOnce: z
      .int()
      .min(1, 'At least 1.')
      .max(MOST_AT_ONCE, `At most ${MOST_AT_ONCE}.`)
      .nullable()
      .default(null),
    /** After it has started a job in an experiment it starts none there for so long. */
    debounceS: z.int().min(0, 'At least 0.').max(MOST_DEBOUNCE_S, `At most ${MOST_DEBOUNCE_S} s.`).default(0),
    enabled: z.boolean().default(true),
  })
  .refine(({ event, everyFrames }) => (event === 'dataset.frames') === (everyFrames !== null), {
    error: 'Say every how many frames; of other events it is left out.',
    path: ['everyFrames'],
  })
  .refine(({ event, filePattern }) => (event === 'file.stored') === (filePattern !== null), {
    error: 'Give a pattern for the path, as raw/**/*.cbf; of other events it is left out.',
    path: ['filePattern'],
  });
export type TriggerDraft = z.output<typeof triggerDraftSchema>;
