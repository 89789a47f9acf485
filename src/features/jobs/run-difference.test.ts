import { expect, it } from 'vitest';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import { differenceWords, type GivenRun, runDifferences } from './run-difference.ts';

const limit: TemplateParameter = {
  ...{ name: 'limit', label: 'Resolution limit', type: 'number', unit: 'Å', description: '' },
};
const data: TemplateParameter = { name: 'data', label: 'Dataset', type: 'dataset', description: '' };
const run: GivenRun = {
  ...{ templateName: 'DIALS full', templateVersion: 1, profileName: null, sponsorName: 'Year' },
  ...{ parameters: { limit: 2, data: 'a' }, declaredParameters: [data, limit] },
};
const names = { a: 'raw/lyso/run_1', b: 'raw/lyso/run_2' };
const words = (before: GivenRun, after: GivenRun) =>
  runDifferences(before, after, names).map((each) => differenceWords(each).replaceAll('\u00a0', ' '));

it('tells nothing of two runs that were given the same', () => {
  expect(words(run, run)).toEqual([]);
});

it('tells what was given otherwise, datasets by their names', () => {
  const parameters = { limit: 1.8, data: 'b' };
  expect(words(run, { ...run, parameters, profileName: '8 CPUs', sponsorName: null })).toEqual([
    'Dataset lyso/run_1 → lyso/run_2',
    'Resolution limit 2 Å → 1.8 Å',
    'Size 1 CPU → 8 CPUs',
    'Paid by Year → nobody',
  ]);
});

it('tells of another template, and of inputs that only one of them asks for', () => {
  const frames: TemplateParameter = { name: 'frames', label: 'Frames', type: 'integer', description: '' };
  const other = {
    ...{ ...run, templateName: 'DIALS quick', parameters: { data: 'a', frames: 90 } },
    declaredParameters: [data, frames],
  };
  expect(words(run, other)).toEqual([
    'Template DIALS full 1 → DIALS quick 1',
    'Frames — → 90',
    'Resolution limit 2 Å → —',
  ]);
  expect(words(run, { ...run, templateVersion: 2 })).toEqual(['Template DIALS full 1 → DIALS full 2']);
  expect(words(run, { ...run, templateVersion: null })).toEqual([]);
});
