import type { TriggerChoices, TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import { datasetParameterOf } from '#src/shared/contracts/parameter-values.ts';
import type { AcquisitionKind, JobPriority } from '#src/shared/model/states.ts';
import {
  type TriggerDraft,
  type TriggerEvent,
  triggerDraftSchema,
  type VersionRule,
} from '#src/shared/model/trigger-rules.ts';

/** One parameter in the form: the template's default, a constant as it is typed, or where it is taken from. */
export interface ParameterChoice {
  from: 'default' | 'constant' | 'value' | (string & {});
  /** Of a constant what is typed; of `value` the name of the acquisition's value. */
  typed: string;
}

/** The form of a trigger, as it is typed. Sizes in MB. */
export interface TriggerForm {
  name: string;
  event: TriggerEvent;
  everyFrames: string;
  filePattern: string;
  template: string;
  versionRule: VersionRule;
  parameters: Readonly<Record<string, ParameterChoice>>;
  kinds: readonly AcquisitionKind[];
  sample: string;
  framesMin: string;
  framesMax: string;
  sizeMinMb: string;
  sizeMaxMb: string;
  completeOnly: boolean;
  jobTemplate: string;
  jobEnded: '' | 'succeeded' | 'failed';
  profileId: string;
  licenceId: string;
  onGrace: boolean;
  priority: JobPriority;
  mostAtOnce: string;
  debounceS: string;
  enabled: boolean;
}

const BYTES_PER_MB = 1e6;
const typedOf = (value: number | null | undefined) => (value == null ? '' : String(value));
const typedMb = (bytes: number | undefined) => (bytes === undefined ? '' : String(bytes / BYTES_PER_MB));

export const EMPTY_FORM: TriggerForm = {
  ...{ name: '', event: 'dataset.finished', everyFrames: '', filePattern: '', template: '' },
  ...{ versionRule: 'newest', parameters: {}, kinds: [], sample: '', framesMin: '', framesMax: '' },
  ...{ sizeMinMb: '', sizeMaxMb: '', completeOnly: false, jobTemplate: '', jobEnded: '' },
  ...{ profileId: '', licenceId: '', onGrace: true, priority: 'beam-time' },
  ...{ mostAtOnce: '', debounceS: '', enabled: true },
};

function choicesOf({ parameters, taken }: Pick<TriggerDetail, 'parameters' | 'taken'>) {
  const constants = Object.entries(parameters).map(([name, value]): [string, ParameterChoice] => [
    name,
    { from: 'constant', typed: value === null ? '' : String(value) },
  ]);
  const sources = Object.entries(taken).map(([name, source]): [string, ParameterChoice] => [
    name,
    source.startsWith('value:')
      ? { from: 'value', typed: source.slice('value:'.length) }
      : { from: source, typed: '' },
  ]);
  return Object.fromEntries([...constants, ...sources]);
}

/** The form filled with a trigger as it is. */
export function formOf(trigger: TriggerDetail): TriggerForm {
  const { conditions } = trigger;
  return {
    ...{ name: trigger.name, event: trigger.event, template: trigger.template.slug },
    everyFrames: typedOf(trigger.everyFrames),
    filePattern: trigger.filePattern ?? '',
    versionRule: trigger.versionRule,
    parameters: choicesOf(trigger),
    kinds: conditions.kinds ?? [],
    sample: conditions.sample ?? '',
    framesMin: typedOf(conditions.framesMin),
    framesMax: typedOf(conditions.framesMax),
    sizeMinMb: typedMb(conditions.sizeMinBytes),
    sizeMaxMb: typedMb(conditions.sizeMaxBytes),
    completeOnly: conditions.completeOnly ?? false,
    jobTemplate: conditions.jobTemplate ?? '',
    jobEnded: conditions.jobEnded ?? '',
    profileId: trigger.profile?.id ?? '',
    licenceId: trigger.licence?.id ?? '',
    ...{ onGrace: trigger.onGrace, priority: trigger.priority },
    mostAtOnce: typedOf(trigger.mostAtOnce),
    debounceS: trigger.debounceS === 0 ? '' : String(trigger.debounceS),
    enabled: trigger.enabled,
  };
}

/** What of a template the form asks for: the dataset is what fires it. */
export function askedParameters(
  template: TriggerChoices['templates'][number] | undefined,
): TemplateParameter[] {
  const declared = template?.parameters ?? [];
  const dataset = datasetParameterOf(declared);
  return declared.filter((parameter) => parameter !== dataset);
}

/** What is typed, as the server wants it; a number that is none stays text, so that it is told to be wrong. */
function constantOf({ type }: TemplateParameter, typed: string): unknown {
  if (type === 'boolean') return typed === 'true';
  if (type !== 'number' && type !== 'integer') return typed;
  return numberOf(typed);
}

function numberOf(typed: string): unknown {
  const text = typed.trim().replace(',', '.');
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? typed : number;
}

const given = (typed: string): unknown => (typed.trim() === '' ? undefined : numberOf(typed));
const orNull = (typed: string): unknown => given(typed) ?? null;

function bytesOf(typedMbs: string): unknown {
  const value = given(typedMbs);
  return typeof value === 'number' ? Math.round(value * BYTES_PER_MB) : value;
}

const isJobEvent = (event: TriggerEvent) => event === 'job.finished';

function conditionsOf(form: TriggerForm) {
  const ofJob = isJobEvent(form.event);
  return {
    ...(form.kinds.length > 0 ? { kinds: form.kinds } : {}),
    ...(form.sample.trim() === '' ? {} : { sample: form.sample }),
    framesMin: given(form.framesMin),
    framesMax: given(form.framesMax),
    sizeMinBytes: bytesOf(form.sizeMinMb),
    sizeMaxBytes: bytesOf(form.sizeMaxMb),
    ...(form.completeOnly ? { completeOnly: true } : {}),
    ...(ofJob && form.jobTemplate !== '' ? { jobTemplate: form.jobTemplate } : {}),
    ...(ofJob && form.jobEnded !== '' ? { jobEnded: form.jobEnded } : {}),
  };
}

/** The fields of the form by the paths of the draft. */
const FIELD_OF: Readonly<Record<string, keyof TriggerForm>> = {
  'conditions.sample': 'sample',
  'conditions.framesMin': 'framesMin',
  'conditions.framesMax': 'framesMax',
  'conditions.sizeMinBytes': 'sizeMinMb',
  'conditions.sizeMaxBytes': 'sizeMaxMb',
  'conditions.kinds': 'kinds',
};

/** The draft that the form says, or what is wrong with it, by the names of its fields; faults of parameters by `parameters.<name>`. */
export function readForm(
  form: TriggerForm,
  declared: readonly TemplateParameter[],
): { draft: TriggerDraft | null; faults: Readonly<Record<string, string>> } {
  const chosen = declared.flatMap((parameter) => {
    const choice = form.parameters[parameter.name];
    return choice && choice.from !== 'default' ? [{ parameter, choice }] : [];
  });
  const constants = chosen.filter(({ choice }) => choice.from === 'constant');
  const sources = chosen.filter(({ choice }) => choice.from !== 'constant');
  const read = triggerDraftSchema.safeParse({
    ...{ name: form.name, event: form.event, template: form.template, versionRule: form.versionRule },
    everyFrames: form.event === 'dataset.frames' ? orNull(form.everyFrames) : null,
    filePattern: form.event === 'file.stored' ? form.filePattern : null,
    conditions: conditionsOf(form),
    parameters: Object.fromEntries(
      constants.map(({ parameter, choice }) => [parameter.name, constantOf(parameter, choice.typed)]),
    ),
    taken: Object.fromEntries(
      sources.map(({ parameter, choice }) => [
        parameter.name,
        choice.from === 'value' ? `value:${choice.typed.trim()}` : choice.from,
      ]),
    ),
    profileId: form.profileId || null,
    licenceId: form.licenceId || null,
    ...{ onGrace: form.onGrace, priority: form.priority, enabled: form.enabled },
    mostAtOnce: orNull(form.mostAtOnce),
    debounceS: given(form.debounceS) ?? 0,
  });
  if (read.success) return { draft: read.data, faults: {} };
  const faults = read.error.issues.map(({ path, message }): [string, string] => {
    const [first, second] = path.map(String);
    const whole = second === undefined ? (first ?? '') : `${first}.${second}`;
    if (first === 'taken') return [`parameters.${second}`, message];
    return [FIELD_OF[whole] ?? whole, message];
  });
  return { draft: null, faults: Object.fromEntries(faults.reverse()) };
}
