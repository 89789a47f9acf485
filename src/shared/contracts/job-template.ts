import { z } from 'zod';
import { templateRequirementSchema } from './template-requirement.ts';

/**
 * What a job template declares of itself: from it the form of a job is drawn, given parameters are checked and metrics
 * are labelled. A template that ships with the product keeps this beside its program, in `templates/<slug>/template.ts`.
 */
export const PARAMETER_TYPES = [
  ...(['text', 'number', 'integer', 'boolean', 'choice'] as const),
  /** Something in the experiment the job belongs to: paths are relative to it, datasets are given by their ids. */
  ...(['file', 'folder', 'dataset', 'datasets'] as const),
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export const templateParameterSchema = z.object({
  name: z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'a small letter, then letters and digits, at most 40'),
  label: z.string().min(1).max(80),
  type: z.enum(PARAMETER_TYPES),
  /** Null or left out: there is none. */
  default: z.union([z.number(), z.boolean(), z.string().max(2000)]).nullish(),
  /** A run may do without it. Otherwise one without a default must be given. */
  optional: z.boolean().nullish(),
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
  /** Which of two results is the better one. */
  betterIs: z.enum(['higher', 'lower']).nullish(),
});
export type TemplateMetric = z.infer<typeof templateMetricSchema>;

/** Nothing hidden, nothing that a shell would take for an option. */
export const SUPPORT_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}(\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}){0,4}$/;

export const templateOutputSchema = z.object({
  /** `spots`: spots of frames for the viewer, as a `.spots` file or a table (codecs/spots-file.ts, spots-table.ts). */
  kind: z.enum(['image', 'report', 'spots', 'file']),
  /** Below the output folder, as the script writes it. */
  path: z.string().regex(SUPPORT_PATH, 'a path below the output folder, such as report.html'),
  label: z.string().trim().min(1).max(80),
});
export type TemplateOutput = z.infer<typeof templateOutputSchema>;

export const templateDefinitionSchema = z.object({
  slug: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  version: z.int().positive(),
  name: z.string().min(1).max(80),
  description: z.string().max(1000),
  /** `built-in:<folder under templates/>`, or `script:<language>` with its files. */
  entry: z.string().regex(/^(built-in:[a-z][a-z0-9-]{1,39}|script:(bash|python))$/),
  /** Of a script: itself, and what lies beside it. */
  files: z.array(z.object({ path: z.string(), content: z.string() })).optional(),
  /** Its program goes on while its dataset grows, and is told what is stored meanwhile. */
  follows: z.boolean().optional(),
  /** After this a run is ended and the job fails. */
  timeLimitS: z.int().positive(),
  memoryLimitBytes: z.int().positive(),
  parameters: z.array(templateParameterSchema).max(100),
  metrics: z.array(templateMetricSchema).max(100),
  outputs: z.array(templateOutputSchema).max(50).optional(),
  /** It reaches the network, where the facility allows that of this version. */
  network: z.boolean().optional(),
  /** What the machine must have beside the interpreter. */
  requires: z.array(templateRequirementSchema).max(20).optional(),
});
export type TemplateDefinition = z.infer<typeof templateDefinitionSchema>;
