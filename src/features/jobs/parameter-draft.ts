import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import {
  type ParameterValue,
  type ParameterValues,
  resolveParameters,
} from '#src/shared/contracts/parameter-values.ts';

/** What a field of the form holds: text as it was typed, a tick, or the datasets that are ticked. */
export type Typed = string | boolean | string[];
export type ParameterDraft = Readonly<Record<string, Typed>>;

function typedOf({ type }: TemplateParameter, value: ParameterValue | undefined): Typed {
  if (type === 'boolean') return value === true;
  if (type === 'datasets') return Array.isArray(value) ? value : [];
  return value == null ? '' : String(value);
}

/** A form filled with these values, and with the defaults where there are none. What the template no longer asks for is left out. */
export function draftOf(
  declared: readonly TemplateParameter[],
  values: Readonly<Record<string, ParameterValue>> = {},
): ParameterDraft {
  return Object.fromEntries(
    declared.map((parameter) => {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : parameter.default;
      return [parameter.name, typedOf(parameter, value ?? null)];
    }),
  );
}

/** Undefined: nothing was given. A number that is none stays text, so that it is told to be wrong. */
function givenBy({ type, default: fallback }: TemplateParameter, typed: Typed | undefined): unknown {
  if (typed === undefined || typeof typed === 'boolean') return typed;
  if (Array.isArray(typed)) return typed.length === 0 ? undefined : typed;
  if (type === 'text') return typed === '' && fallback !== '' ? undefined : typed;
  const text = typed.trim();
  if (text === '') return undefined;
  if (type !== 'number' && type !== 'integer') return text;
  const number = Number(text.replace(',', '.'));
  return Number.isNaN(number) ? text : number;
}

/** The values of a form, and what is wrong with them, by the names of the parameters. */
export function readDraft(
  declared: readonly TemplateParameter[],
  draft: ParameterDraft,
): { values: ParameterValues; faults: Record<string, string> } {
  const given = declared.flatMap((parameter) => {
    const value = givenBy(parameter, draft[parameter.name]);
    return value === undefined ? [] : [[parameter.name, value] as const];
  });
  return resolveParameters(declared, Object.fromEntries(given));
}
