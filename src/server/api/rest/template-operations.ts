import { z } from 'zod';
import { templateParameterSchema } from '#src/shared/contracts/job-template.ts';
import {
  TEMPLATE_FILE_FORMAT,
  TEMPLATE_LANGUAGES,
  type TemplateContent,
  templateFileSchema,
} from '#src/shared/contracts/template-content.ts';
import { templateRequirementSchema } from '#src/shared/contracts/template-requirement.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { askedFlag, instant } from './rest-fields.ts';

const template = z.object({
  slug: z.string(),
  version: z.int(),
  name: z.string(),
  description: z.string(),
  parameters: z.array(templateParameterSchema),
  language: z.enum(TEMPLATE_LANGUAGES).nullable().describe('Null: a program of the product.'),
  isShipped: z.boolean().describe('It came with the product: nobody changes it here.'),
  isMine: z.boolean().describe('The person of the token made it.'),
  changedAt: instant.describe('When this version was made.'),
  archivedAt: instant.nullable().describe('Since when nobody starts it any more.'),
  missing: z
    .array(templateRequirementSchema)
    .nullable()
    .describe('What the machine that runs jobs lacks for it; null: not looked at yet.'),
});

const ofVersion = z.strictObject({ version: z.coerce.number().int().positive().max(1e6).optional() });
const note = z.string().trim().max(300).optional().describe('What is new in the version.');
/** The whole of a file that Export has written. */
const wholeFile = z.strictObject(templateFileSchema.shape);
const fileOf = (content: TemplateContent) => ({ beamdeckTemplate: TEMPLATE_FILE_FORMAT, content });

/** Job templates: what can be run, and how people write it. */
export const TEMPLATE_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'templates.list',
    method: 'GET',
    path: '/job-templates',
    scope: 'jobs:read',
    summary: 'What can be run: the newest version of every job template',
    procedure: 'templates.list',
    query: z.strictObject({
      archived: askedFlag.optional().describe('Also those of your own that are archived.'),
    }),
    answer: z.object({ items: z.array(template) }),
    input: () => undefined,
    view: (items, { query }) => ({
      items: items.filter(({ archivedAt }) => archivedAt === null || query.archived),
    }),
  }),
  procedureOperation({
    id: 'templates.get',
    method: 'GET',
    path: '/job-templates/{template}',
    scope: 'jobs:read',
    summary: 'A job template with its script',
    description:
      'The newest version, or the one of `version`. `file` is what Export writes; null: a program of the product.',
    procedure: 'templates.get',
    query: ofVersion,
    answer: template.extend({
      newestVersion: z.int(),
      versions: z
        .array(z.object({ version: z.int(), name: z.string(), note: z.string(), createdAt: instant }))
        .describe('The newest first; none of what ships with the product.'),
      file: templateFileSchema.nullable(),
    }),
    input: ({ params, query }) => ({ slug: params.template!, version: query.version }),
    view: ({ content, ...detail }) => ({ ...detail, file: content && fileOf(content) }),
  }),
  procedureOperation({
    id: 'templates.export',
    method: 'GET',
    path: '/job-templates/{template}/file',
    scope: 'jobs:read',
    summary: 'Export a job template as one file',
    description:
      'The newest version, or the one of `version`; to be imported here or at another installation.',
    procedure: 'templates.get',
    query: ofVersion,
    answer: templateFileSchema,
    input: ({ params, query }) => ({ slug: params.template!, version: query.version }),
    view: ({ name, content }) => {
      if (content) return fileOf(content);
      throw new AppError('NOT_FOUND', `“${name}” is a program of the product: there is no file of it.`);
    },
  }),
  procedureOperation({
    id: 'templates.create',
    method: 'POST',
    path: '/job-templates',
    scope: 'templates:write',
    summary: 'Make a job template of a file, as Import does',
    description:
      'It is yours alone until you share it in the web app. `facility` may be left out where you have to do with one alone. A token for one experiment or instrument makes none.',
    procedure: 'templates.create',
    query: z.strictObject({
      facility: z.string().max(10).optional().describe('Code of the facility.'),
      note,
    }),
    body: wholeFile,
    creates: true,
    answer: z.object({ slug: z.string() }),
    input: ({ query, body }) => ({ content: body.content, ...query }),
  }),
  procedureOperation({
    id: 'templates.addVersion',
    method: 'POST',
    path: '/job-templates/{template}/versions',
    scope: 'templates:write',
    summary: 'Write the next version of a job template of yours',
    description:
      'The body is a whole file as it is exported. Versions never change: jobs keep the one they ran with. `after` is the version that you changed: 409 when another was written since.',
    procedure: 'templates.save',
    query: z.strictObject({ after: z.coerce.number().int().positive().max(1e6), note }),
    body: wholeFile,
    creates: true,
    answer: z.object({ version: z.int() }),
    input: ({ params, query, body }) => ({
      ...{ slug: params.template!, version: query.after, content: body.content },
      note: query.note,
    }),
  }),
  procedureOperation({
    id: 'templates.setArchived',
    method: 'PUT',
    path: '/job-templates/{template}/archived',
    scope: 'templates:write',
    summary: 'Archive a job template, or bring it back',
    description:
      'Archived, nobody starts it any more; its jobs and the triggers that use it go on. 409 when it stands so.',
    procedure: 'templates.setArchived',
    body: z.strictObject({ archived: z.boolean() }),
    answer: null,
    input: ({ params, body }) => ({ slug: params.template!, ...body }),
  }),
];
