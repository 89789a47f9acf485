import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { templateDefinitionSchema } from '#src/shared/contracts/job-template.ts';
import { resolveParameters } from '#src/shared/contracts/parameter-values.ts';
import { scriptLanguage } from '#src/shared/contracts/script-run.ts';
import { declarationFault, SCRIPT_NAMES } from '#src/shared/contracts/template-content.ts';
import { BUILT_IN_TEMPLATES } from './index.ts';

describe.each(BUILT_IN_TEMPLATES)('template $slug', (definition) => {
  it('is declared soundly, and its defaults are allowed', () => {
    expect(templateDefinitionSchema.parse(definition)).toEqual(definition);
    const mustBeGiven = definition.parameters.filter(
      ({ default: usual, optional }) => usual == null && !optional,
    );
    expect(Object.keys(resolveParameters(definition.parameters, {}).faults)).toEqual(
      mustBeGiven.map(({ name }) => name),
    );
    expect(definition.parameters.map(declarationFault).filter((fault) => fault !== null)).toEqual([]);
    const names = [definition.parameters, definition.metrics].map((list) => list.map(({ name }) => name));
    for (const list of names) expect(new Set(list).size).toBe(list.length);
  });

  it('has the program it names', () => {
    const language = scriptLanguage(definition.entry);
    if (language === null) {
      const folder = definition.entry.replace('built-in:', '');
      expect(existsSync(join(import.meta.dirname, folder, 'index.ts'))).toBe(true);
    } else {
      expect(definition.files?.map(({ path }) => path)).toContain(SCRIPT_NAMES[language]);
    }
  });
});
