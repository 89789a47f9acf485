import { z } from 'zod';
import {
  SUPPORT_PATH,
  type TemplateParameter,
  templateMetricSchema,
  templateOutputSchema,
  templateParameterSchema,
} from './job-template.ts';
import { parameterFault } from './parameter-values.ts';
import { templateRequirementSchema } from './template-requirement.ts';

export type { TemplateOutput } from './job-template.ts';

/**
 * What people write of a job template: one immutable version of it, also as one file (JSON) to take elsewhere. The contract its script
 * runs by is docs/templates.md.
 */
export const TEMPLATE_LANGUAGES = ['bash', 'python'] as const;
export type TemplateLanguage = (typeof TEMPLATE_LANGUAGES)[number];

/** Where the script lies among its support files. */
export const SCRIPT_NAMES: Readonly<Record<TemplateLanguage, string>> = {
  bash: 'main.sh',
  python: 'main.py',
};

export const MAX_SCRIPT_BYTES = 256 * 1024;
/** Of all support files of a version together. */
export const MAX_SUPPORT_BYTES = 1024 * 1024;
const MAX_TIME_LIMIT_S = 72 * 3600;
/** More than this comes from the profile that a run is started in and is paid for. */
const MAX_MEMORY_BYTES = 16 * 1024 ** 3;

/** Bytes of what a version keeps as text or, where it is not text, as base64. */
export const contentBytes = (file: { content: string; encoding: 'utf8' | 'base64' }): Uint8Array =>
  file.encoding === 'utf8'
    ? new TextEncoder().encode(file.content)
    : Uint8Array.from(atob(file.content), (character) => character.charCodeAt(0));

const supportFileSchema = z.object({
  path: z.string().regex(SUPPORT_PATH, 'letters, digits, "_", "-", "." and "/" alone, at most five deep'),
  encoding: z.enum(['utf8', 'base64']),
  content: z
    .string()
    .max(2 * MAX_SUPPORT_BYTES)
    .refine((text) => text.isWellFormed(), 'is not valid Unicode'),
});
export type SupportFile = z.infer<typeof supportFileSchema>;

/** The names that stand twice; empty when each stands once. */
function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** What is wrong with the declaration of an input beyond its shape; null: nothing. */
export function declarationFault(parameter: TemplateParameter): string | null {
  const { type, min, max, choices } = parameter;
  if (type === 'choice' && (!choices || choices.length === 0)) return 'needs at least one choice';
  if (choices && twice(choices).length > 0) return `has the choice ${twice(choices)[0]} twice`;
  if (min != null && max != null && min > max) return 'has a least value above its greatest';
  if (parameter.default == null) return null;
  if (type === 'dataset' || type === 'datasets') return 'has a default, which datasets cannot have';
  const fault = parameterFault(parameter, parameter.default);
  return fault ? `has a default that ${fault}` : null;
}

const contentShape = z.object({
  name: z.string().trim().min(1).max(80),
  description: z.string().trim().max(1000),
  language: z.enum(TEMPLATE_LANGUAGES),
  script: z
    .string()
    .min(1, 'is empty')
    .max(MAX_SCRIPT_BYTES, `is larger than ${MAX_SCRIPT_BYTES / 1024} KiB`)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'is not text'),
  files: z.array(supportFileSchema).max(50),
  parameters: z.array(templateParameterSchema).max(50),
  metrics: z.array(templateMetricSchema).max(50),
  outputs: z.array(templateOutputSchema).max(50),
  requires: z.array(templateRequirementSchema).max(20),
  /** It reaches the network, where the facility allows that of this version. */
  network: z.boolean().optional(),
  timeLimitS: z.int().min(1).max(MAX_TIME_LIMIT_S),
  memoryLimitBytes: z
    .int()
    .min(64 * 1024 ** 2)
    .max(MAX_MEMORY_BYTES, 'is more than a run may have without a size'),
});

interface Fault {
  path: (string | number)[];
  message: string;
}

function contentFaults(content: z.infer<typeof contentShape>): Fault[] {
  const faults: Fault[] = [];
  const each = (list: 'parameters' | 'metrics' | 'files', names: string[]) => {
    for (const name of twice(names)) {
      faults.push({ path: [list], message: `has ${name} twice` });
    }
  };
  each(
    'parameters',
    content.parameters.map(({ name }) => name),
  );
  each(
    'metrics',
    content.metrics.map(({ name }) => name),
  );
  // One that is a folder of another would take its place.
  each(
    'files',
    content.files.map(({ path }) => path.toLowerCase()),
  );
  for (const { path } of content.files) {
    if (content.files.some((other) => other.path.startsWith(`${path}/`))) {
      faults.push({ path: ['files'], message: `has ${path} both as a file and as a folder` });
    }
    if (Object.values(SCRIPT_NAMES).includes(path.toLowerCase())) {
      faults.push({ path: ['files'], message: `has a file ${path}, which is the name of the script itself` });
    }
  }
  let sizeBytes = 0;
  for (const file of content.files) {
    try {
      sizeBytes += contentBytes(file).length;
    } catch {
      faults.push({ path: ['files'], message: `has ${file.path}, whose content is not base64` });
    }
  }
  if (sizeBytes > MAX_SUPPORT_BYTES) {
    faults.push({ path: ['files'], message: `is larger than ${MAX_SUPPORT_BYTES / 1024} KiB in all` });
  }
  for (const [index, parameter] of content.parameters.entries()) {
    const message = declarationFault(parameter);
    if (message) faults.push({ path: ['parameters', index], message: `${parameter.label} ${message}` });
  }
  for (const [index, { ofDataset, label }] of content.metrics.entries()) {
    // The columns of the dataset table are the product's: a script could put its number under a name that means something else.
    if (ofDataset)
      faults.push({ path: ['metrics', index], message: `${label} cannot be a number of the dataset` });
  }
  return faults;
}

export const templateContentSchema = contentShape.superRefine((content, ctx) => {
  for (const { path, message } of contentFaults(content)) ctx.addIssue({ code: 'custom', path, message });
});
export type TemplateContent = z.infer<typeof contentShape>;

/** The number counts up with every change that an older Beamdeck could not read. */
export const TEMPLATE_FILE_FORMAT = 1;
export const templateFileSchema = z.object({
  beamdeckTemplate: z.literal(TEMPLATE_FILE_FORMAT),
  content: templateContentSchema,
});

/** The text of a template as one file. */
export const templateFileText = (content: TemplateContent): string =>
  `${JSON.stringify({ beamdeckTemplate: TEMPLATE_FILE_FORMAT, content }, null, 2)}\n`;
