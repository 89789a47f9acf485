import { expect, it } from 'vitest';
import { countsOfScenarios } from './scenario-stage.ts';

it('counts scenarios by what the judge found; one that broke off, or of which nothing is said, has failed', () => {
  const names = ['micromax', 'als', 'p14'];
  const output = (...lines: object[]) =>
    ['micromax: a detector', ...lines.map((line) => JSON.stringify(line))].join('\n');
  const good = names.map((scenario) => ({ scenario, findings: 0 }));
  expect(countsOfScenarios(output(...good), names)).toMatchObject({ passed: 3, failed: 0, skipped: 0 });
  const bad = output(
    { scenario: 'micromax', findings: 2 },
    { scenario: 'als', skipped: 'needs rsync' },
    { scenario: 'p14', broken: '3 files never appeared' },
  );
  expect(countsOfScenarios(bad, names)).toEqual({
    passed: 0,
    failed: 2,
    skipped: 1,
    failures: ['scenario › micromax: 2 findings', 'scenario › p14: 3 files never appeared'],
  });
  expect(countsOfScenarios(output(good[0]!), names)).toMatchObject({ passed: 1, failed: 2 });
});
