import type { TemplateContent } from '#src/shared/contracts/template-content.ts';

/** A template that does nothing, to be changed by tests. */
export const EMPTY_CONTENT: TemplateContent = {
  ...{ name: 'Nothing', description: '', language: 'bash', script: 'true\n' },
  ...{ files: [], parameters: [], metrics: [], outputs: [], requires: [] },
  ...{ timeLimitS: 60, memoryLimitBytes: 256 * 1024 ** 2 },
};
