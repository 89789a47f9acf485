import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveParameters, templateDefinitionSchema } from '#src/shared/contracts/job-template.ts';
import { BUILT_IN_TEMPLATES } from './index.ts';

describe.each(BUILT_IN_TEMPLATES)('template $slug', (definition) => {
  it('is declared soundly, and its defaults are allowed', () => {
    expect(templateDefinitionSchema.parse(definition)).toEqual(definition);
    expect(resolveParameters(definition.parameters, {}).faults).toEqual({});
  });

  it('has the program it names', () => {
    const folder = definition.entry.replace('built-in:', '');
    expect(existsSync(join(import.meta.dirname, folder, 'index.ts'))).toBe(true);
  });
});
