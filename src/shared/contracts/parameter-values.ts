import { AppError } from '../errors/app-error.ts';
import { FOLDERS } from '../model/states.ts';
import { assertStorePath } from '../model/store-path.ts';
import { isUuid } from '../model/uuid.ts';
import type { TemplateParameter } from './job-template.ts';

/** Null: not given, of an optional one. Of `datasets` the ids. */
export type ParameterValue = number | boolean | string | string[] | null;
export type ParameterValues = Record<string, ParameterValue>;

/** More in one list than fit one variable of a script's environment (128 KiB on Linux) would be lost. */
export const MAX_DATASETS = 100;
const MAX_TEXT = 2000;

/** What is wrong with a path of the experiment; whether it exists is the server's to look up. */
function pathFault(path: string, isFolder: boolean): string | null {
  if (isFolder && (FOLDERS as readonly string[]).includes(path)) return null;
  try {
    assertStorePath(path);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const example = isFolder ? 'raw/lyso' : 'raw/lyso/run_1_master.h5';
    return `must be a path inside the experiment, such as ${example}`;
  }
}

function numberFault(parameter: TemplateParameter, value: unknown): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (parameter.type === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
  if (parameter.min != null && value < parameter.min) return `must be at least ${parameter.min}`;
  if (parameter.max != null && value > parameter.max) return `must be at most ${parameter.max}`;
  return null;
}

function datasetsFault(value: unknown): string | null {
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string' && isUuid(id))) {
    return 'must be a list of datasets';
  }
  if (value.length === 0) return 'must name at least one dataset';
  if (value.length > MAX_DATASETS) return `must name at most ${MAX_DATASETS} datasets`;
  return new Set(value).size === value.length ? null : 'names a dataset twice';
}

/** What is wrong with a value, as the rest of a sentence that begins with the label; null: nothing. */
export function parameterFault(parameter: TemplateParameter, value: unknown): string | null {
  switch (parameter.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'text':
      if (typeof value !== 'string' || value.length > MAX_TEXT)
        return `must be a text of at most ${MAX_TEXT} characters`;
      // No environment variable holds a NUL, and no database text either; half a surrogate pair is no character.
      return value.includes('\0') || !value.isWellFormed() ? 'must be a text without NUL characters' : null;
    case 'choice':
      return typeof value === 'string' && parameter.choices?.includes(value)
        ? null
        : `must be one of ${parameter.choices?.join(', ')}`;
    case 'integer':
    case 'number':
      return numberFault(parameter, value);
    case 'file':
    case 'folder':
      return typeof value === 'string' ? pathFault(value, parameter.type === 'folder') : 'must be a path';
    case 'dataset':
      return typeof value === 'string' && isUuid(value) ? null : 'must be a dataset';
    case 'datasets':
      return datasetsFault(value);
  }
}

const givenOf = (given: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(given, name) ? given[name] : undefined;

/**
 * The values a run gets: what was given, defaults for the rest.
 * @returns values, and for each fault the name of the parameter and a sentence; values are only complete without faults
 */
export function resolveParameters(
  declared: readonly TemplateParameter[],
  given: Readonly<Record<string, unknown>>,
): { values: ParameterValues; faults: Record<string, string> } {
  const values: [string, ParameterValue][] = [];
  const faults: [string, string][] = [];
  for (const parameter of declared) {
    const value = givenOf(given, parameter.name) ?? parameter.default ?? null;
    if (value === null) {
      if (parameter.optional) values.push([parameter.name, null]);
      else faults.push([parameter.name, `${parameter.label} must be given.`]);
      continue;
    }
    const fault = parameterFault(parameter, value);
    if (fault) faults.push([parameter.name, `${parameter.label} ${fault}.`]);
    else values.push([parameter.name, value as ParameterValue]);
  }
  for (const name of Object.keys(given)) {
    if (!declared.some((parameter) => parameter.name === name)) {
      faults.push([name, `The template has no parameter "${name}".`]);
    }
  }
  // fromEntries makes own properties of whatever name, "constructor" too.
  return { values: Object.fromEntries(values), faults: Object.fromEntries(faults) };
}

/** The dataset a run is about, where the template asks for one: its first input of that type. Triggers fill it in. */
export const datasetParameterOf = (declared: readonly TemplateParameter[]): TemplateParameter | null =>
  declared.find(({ type }) => type === 'dataset') ?? null;
