import { z } from 'zod';

/**
 * What a job template declares of itself: from it the form of a job is drawn, given parameters are checked and metrics
 * are labelled. A template that ships with the product keeps this beside its program, in `templates/<slug>/template.ts`.
 */
export const templateParameterSchema = z.object({
  name: z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/),
  label: z.string().min(1).max(80),
  type: z.enum(['integer', 'number', 'boolean', 'text', 'choice']),
  default: z.union([z.number(), z.boolean(), z.string()]),
  unit: z.string().max(20).nullish(),
  description: z.string().max(500),
  min: z.number().nullish(),
  max: z.number().nullish(),
  choices: z.array(z.string().min(1).max(80)).max(50).nullish(),
});
export type TemplateParameter = z.infer<typeof templateParameterSchema>;

export const templateMetricSchema = z.object({
  name: z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/),
  label: z.string().min(1).max(80),
  unit: z.string().max(20).nullish(),
  /** Digits after the point when shown. */
  digits: z.int().min(0).max(6),
  /** Shown in the job's row; the first two of a template. */
  inRow: z.boolean().default(false),
  /** Also kept with the dataset, for lists of datasets. */
  ofDataset: z.boolean().default(false),
});
export type TemplateMetric = z.infer<typeof templateMetricSchema>;

export const templateDefinitionSchema = z.object({
  slug: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  version: z.int().positive(),
  name: z.string().min(1).max(80),
  description: z.string().max(1000),
  /** `built-in:<folder under templates/>` */
  entry: z.string().regex(/^built-in:[a-z][a-z0-9-]{1,39}$/),
  /** After this a run is ended and the job fails. */
  timeLimitS: z.int().positive(),
  memoryLimitBytes: z.int().positive(),
  parameters: z.array(templateParameterSchema).max(100),
  metrics: z.array(templateMetricSchema).max(100),
});
export type TemplateDefinition = z.infer<typeof templateDefinitionSchema>;

export type ParameterValue = number | boolean | string;
export type ParameterValues = Record<string, ParameterValue>;

function parameterFault(parameter: TemplateParameter, value: unknown): string | null {
  switch (parameter.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'text':
      return typeof value === 'string' && value.length <= 2000
        ? null
        : 'must be a text of at most 2000 characters';
    case 'choice':
      return typeof value === 'string' && parameter.choices?.includes(value)
        ? null
        : `must be one of ${parameter.choices?.join(', ')}`;
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (parameter.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
      if (parameter.min != null && value < parameter.min) return `must be at least ${parameter.min}`;
      if (parameter.max != null && value > parameter.max) return `must be at most ${parameter.max}`;
      return null;
    }
  }
}

/**
 * The values a run gets: what was given, defaults for the rest.
 * @returns values, and for each fault the name of the parameter and a sentence; values are only complete without faults
 */
export function resolveParameters(
  declared: readonly TemplateParameter[],
  given: Readonly<Record<string, unknown>>,
): { values: ParameterValues; faults: Record<string, string> } {
  const values: ParameterValues = {};
  const faults: Record<string, string> = {};
  for (const parameter of declared) {
    const value = given[parameter.name] ?? parameter.default;
    const fault = parameterFault(parameter, value);
    if (fault) faults[parameter.name] = `${parameter.label} ${fault}.`;
    else values[parameter.name] = value as ParameterValue;
  }
  for (const name of Object.keys(given)) {
    if (!declared.some((parameter) => parameter.name === name)) {
      faults[name] = `The template has no parameter "${name}".`;
    }
  }
  return { values, faults };
}
