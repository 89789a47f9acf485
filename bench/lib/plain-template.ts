import type { TemplateContent } from '#src/shared/contracts/template-content.ts';

/** A template of a script alone: no inputs, no results told beforehand. */
export const plainTemplate = (
  given: Pick<TemplateContent, 'name' | 'script' | 'timeLimitS'>,
): TemplateContent => ({
  ...{ description: '', language: 'bash', files: [], parameters: [], metrics: [], outputs: [], requires: [] },
  ...{ memoryLimitBytes: 256 * 1024 ** 2, ...given },
});
