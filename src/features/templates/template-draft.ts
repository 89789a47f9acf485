import { z } from 'zod';
import type { TemplateMetric, TemplateParameter } from '#src/shared/contracts/job-template.ts';
import {
  type SupportFile,
  type TemplateContent,
  type TemplateLanguage,
  type TemplateOutput,
  templateContentSchema,
  templateFileSchema,
} from '#src/shared/contracts/template-content.ts';
import type { TemplateRequirement } from '#src/shared/contracts/template-requirement.ts';

const GIB = 1024 ** 3;

/** An input as its line in the editor holds it: everything as it was typed. */
export interface InputDraft {
  key: string;
  name: string;
  label: string;
  type: TemplateParameter['type'];
  fallback: string;
  unit: string;
  min: string;
  max: string;
  choices: string;
  description: string;
  optional: boolean;
}
export interface MetricDraft {
  key: string;
  name: string;
  label: string;
  unit: string;
  digits: string;
  betterIs: '' | 'higher' | 'lower';
  inRow: boolean;
}
export interface OutputDraft {
  key: string;
  kind: TemplateOutput['kind'];
  path: string;
  label: string;
}
export interface RequirementDraft {
  key: string;
  kind: TemplateRequirement['kind'];
  name: string;
  how: string;
}

export interface TemplateDraft {
  name: string;
  description: string;
  language: TemplateLanguage;
  script: string;
  files: SupportFile[];
  inputs: InputDraft[];
  metrics: MetricDraft[];
  outputs: OutputDraft[];
  requires: RequirementDraft[];
  minutes: string;
  gibibytes: string;
  network: boolean;
}

/** What a new script begins with: it runs as it stands. */
export const STARTERS: Readonly<Record<TemplateLanguage, string>> = {
  bash: `#!/bin/bash
# Ends at the first command that fails, at a variable that is not there, and in the middle of a pipe.
set -euo pipefail

echo "The experiment's files are in $JOB_WORK_DIR"
ls "$JOB_WORK_DIR" > "$JOB_OUTPUT_DIR/folders.txt"
echo "{\\"folders\\": $(wc -l < "$JOB_OUTPUT_DIR/folders.txt")}" >> "$JOB_METRICS_FILE"
`,
  python: `import json
import os

folders = sorted(os.listdir(os.environ["JOB_WORK_DIR"]))
print("The experiment has", ", ".join(folders))

with open(os.path.join(os.environ["JOB_OUTPUT_DIR"], "folders.txt"), "w") as file:
    file.write("\\n".join(folders) + "\\n")
with open(os.environ["JOB_METRICS_FILE"], "a") as file:
    file.write(json.dumps({"folders": len(folders)}) + "\\n")
`,
};

const text = (value: unknown): string => (value == null ? '' : String(value));
/** Lines of the editor are told apart by keys that live only there. */
let lastKey = 0;
export const freshKey = (): string => `line-${++lastKey}`;

export const newInput = (): InputDraft => ({
  ...{ key: freshKey(), name: '', label: '', type: 'text', fallback: '', unit: '' },
  ...{ min: '', max: '', choices: '', description: '', optional: false },
});
export const newMetric = (): MetricDraft => ({
  ...{ key: freshKey(), name: '', label: '', unit: '', digits: '2', betterIs: '', inRow: false },
});
export const newOutput = (): OutputDraft => ({ key: freshKey(), kind: 'file', path: '', label: '' });
export const newRequirement = (): RequirementDraft => ({
  key: freshKey(),
  kind: 'command',
  name: '',
  how: '',
});

const inputDraft = (each: TemplateParameter): InputDraft => ({
  ...{ key: freshKey(), name: each.name, label: each.label, type: each.type },
  ...{ fallback: text(each.default), unit: text(each.unit), min: text(each.min), max: text(each.max) },
  ...{ choices: (each.choices ?? []).join('\n'), description: each.description },
  optional: each.optional ?? false,
});
const metricDraft = (each: TemplateMetric): MetricDraft => ({
  ...{ key: freshKey(), name: each.name, label: each.label, unit: text(each.unit) },
  ...{ digits: String(each.digits), betterIs: each.betterIs ?? '', inRow: each.inRow },
});

export const EMPTY_DRAFT: TemplateDraft = {
  ...{ name: '', description: '', language: 'bash', script: STARTERS.bash },
  ...{ files: [], inputs: [], metrics: [], outputs: [], requires: [], minutes: '30', gibibytes: '4' },
  network: false,
};

/** The form of a version that is edited or was brought. */
export function draftOf(content: TemplateContent): TemplateDraft {
  const { name, description, language, script, files, parameters, metrics, outputs, requires } = content;
  return {
    ...{ name, description, language, script, files },
    inputs: parameters.map(inputDraft),
    metrics: metrics.map(metricDraft),
    outputs: outputs.map((each) => ({ key: freshKey(), ...each })),
    requires: requires.map((each) => ({ key: freshKey(), ...each })),
    minutes: String(content.timeLimitS / 60),
    gibibytes: String(content.memoryLimitBytes / GIB),
    network: content.network ?? false,
  };
}

/** NaN where a number was meant and none was typed, so that the check below finds it. */
const numberOf = (typed: string): number =>
  typed.trim() === '' ? Number.NaN : Number(typed.replace(',', '.'));
const optionalNumber = (typed: string): number | null => (typed.trim() === '' ? null : numberOf(typed));

function defaultOf({ type, fallback }: InputDraft): TemplateParameter['default'] {
  if (type === 'boolean') return fallback === 'true';
  if (type === 'dataset' || type === 'datasets') return null;
  if (type === 'number' || type === 'integer') return optionalNumber(fallback);
  return fallback === '' ? null : fallback;
}

function parameterOf(input: InputDraft): TemplateParameter {
  const { name, label, type, description, optional } = input;
  const isNumber = type === 'number' || type === 'integer';
  const choices = input.choices.split('\n').map((each) => each.trim());
  return {
    ...{ name: name.trim(), label: label.trim(), type, description: description.trim() },
    ...{ default: defaultOf(input), optional },
    ...(isNumber
      ? { unit: input.unit.trim() || null, min: optionalNumber(input.min), max: optionalNumber(input.max) }
      : {}),
    ...(type === 'choice' ? { choices: choices.filter((each) => each !== '') } : {}),
  };
}

const metricOf = (metric: MetricDraft): TemplateMetric => ({
  ...{ name: metric.name.trim(), label: metric.label.trim(), unit: metric.unit.trim() || null },
  ...{ digits: numberOf(metric.digits), betterIs: metric.betterIs || null, inRow: metric.inRow },
  ofDataset: false,
});

/** Words for where a fault is: "Input 2 (cutoff)". */
function placeWords(path: readonly PropertyKey[], draft: TemplateDraft): string {
  const [list, index, field] = path;
  const named = (what: string, items: readonly { name?: string; path?: string }[]) => {
    if (typeof index !== 'number') return `${what}s`;
    const name = items[index]?.name || items[index]?.path;
    return `${what} ${index + 1}${name ? ` (${name})` : ''}${typeof field === 'string' ? `, ${field}` : ''}`;
  };
  switch (list) {
    case 'parameters':
      return named('Input', draft.inputs);
    case 'metrics':
      return named('Metric', draft.metrics);
    case 'outputs':
      return named('Result', draft.outputs);
    case 'requires':
      return named('Need', draft.requires);
    case 'files':
      return named('Support file', draft.files);
    case 'timeLimitS':
      return 'Time limit';
    case 'memoryLimitBytes':
      return 'Memory';
    default:
      return text(list).replace(/^./, (letter) => letter.toUpperCase());
  }
}

/** What a check found, as people say it; what the checks of templates say themselves is for people already. */
function faultWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.expected === 'string' ? 'must be given' : 'must be a number';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must be given';
  if (issue.code === 'too_small' && issue.path[0] !== 'memoryLimitBytes')
    return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_small') return 'is less than any program needs';
  if (issue.code === 'too_big' && issue.path[0] === 'timeLimitS') return 'must be at most 72 hours';
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `is longer than ${issue.maximum} characters`;
  if (issue.code === 'too_big' && issue.origin === 'array') return `are more than ${issue.maximum}`;
  return issue.message;
}

/** The version that a form amounts to, or all that is wrong with it, one sentence each. */
export function readDraft(draft: TemplateDraft): { content: TemplateContent } | { faults: string[] } {
  const wanted = {
    ...{ name: draft.name, description: draft.description, language: draft.language, script: draft.script },
    files: draft.files,
    parameters: draft.inputs.map(parameterOf),
    metrics: draft.metrics.map(metricOf),
    outputs: draft.outputs.map(({ key: _, ...each }) => ({ ...each, path: each.path.trim() })),
    requires: draft.requires.map(({ key: _, ...each }) => ({ ...each, name: each.name.trim() })),
    timeLimitS: Math.round(numberOf(draft.minutes) * 60),
    memoryLimitBytes: Math.round(numberOf(draft.gibibytes) * GIB),
    ...(draft.network ? { network: true } : {}),
  };
  const read = templateContentSchema.safeParse(wanted);
  if (read.success) return { content: read.data };
  const faults = read.error.issues.map((issue) => `${placeWords(issue.path, draft)}: ${faultWords(issue)}`);
  return { faults: [...new Set(faults)] };
}

/** The version in an exported file. Throws an Error with a sentence for people. */
export function readTemplateFile(file: string): TemplateContent {
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    throw new Error('This is no template: the file is not JSON.');
  }
  const head = z.object({ beamdeckTemplate: z.number() }).safeParse(json);
  if (!head.success) throw new Error('This is no template that was exported from Beamdeck.');
  const read = templateFileSchema.safeParse(json);
  if (read.success) return read.data.content;
  const [issue] = read.error.issues;
  if (issue?.path[0] === 'beamdeckTemplate')
    throw new Error('This template comes from a newer Beamdeck, which writes it otherwise.');
  throw new Error(`This template cannot be used: ${issue?.path.slice(1).join('.')} ${issue?.message}`);
}
