import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { FAST_FEEDBACK } from './fast-feedback/template.ts';

/** The job templates that ship with the product. */
export const BUILT_IN_TEMPLATES: readonly TemplateDefinition[] = [FAST_FEEDBACK];
