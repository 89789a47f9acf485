import { describe, expect, it } from 'vitest';
import { jobMetricsSchema, jobPlotsSchema, jobProgressSchema } from './job-reports.ts';
import type { TemplateParameter } from './job-template.ts';
import { resolveParameters } from './parameter-values.ts';

describe('reports of a program', () => {
  const plot = { id: 'a', title: 'A', data: [{ type: 'scatter', x: [1], y: [2] }], layout: {} };

  it('are taken as they should be', () => {
    expect(jobPlotsSchema.parse([plot])).toEqual([plot]);
    expect(jobPlotsSchema.parse([{ ...plot, data: [{ y: [1] }] }])).toHaveLength(1);
    expect(jobMetricsSchema.parse({ a: 1, b: 'P1', c: null })).toEqual({ a: 1, b: 'P1', c: null });
    expect(jobProgressSchema.parse({ done: 1, total: 2, text: '' })).toMatchObject({ done: 1 });
  });

  it('are refused where a page could not show them safely', () => {
    for (const data of [[{ type: 'scattergl' }], [{ type: 'scattermapbox' }], ['x'], Array(21).fill({})]) {
      expect(jobPlotsSchema.safeParse([{ ...plot, data }]).success).toBe(false);
    }
    expect(jobPlotsSchema.safeParse([{ ...plot, id: '<b>' }]).success).toBe(false);
    expect(jobMetricsSchema.safeParse({ a: { b: 1 } }).success).toBe(false);
    expect(jobProgressSchema.safeParse({ done: -1, total: 2, text: '' }).success).toBe(false);
  });
});

describe('parameters', () => {
  const declare = (changes: Partial<TemplateParameter>): TemplateParameter[] => [
    { name: 'p', label: 'P', type: 'integer', default: 3, description: '', ...changes },
  ];

  it('take defaults, and refuse what is not declared', () => {
    expect(resolveParameters(declare({}), {})).toEqual({ values: { p: 3 }, faults: {} });
    expect(resolveParameters(declare({}), { q: 1 }).faults).toEqual({
      q: 'The template has no parameter "q".',
    });
  });

  it.each([
    [{ type: 'integer', min: 1, max: 5 }, [1, 5], [0, 6, 1.5, '1', Number.NaN]],
    [{ type: 'number', min: 0 }, [0, 0.5], [-1, Number.POSITIVE_INFINITY, null]],
    [{ type: 'boolean', default: false }, [true], [1, 'yes']],
    [{ type: 'choice', default: 'a', choices: ['a', 'b'] }, ['b'], ['c', 1]],
    [{ type: 'text', default: '' }, ['x'], [1, 'x'.repeat(2001)]],
  ] as [Partial<TemplateParameter>, unknown[], unknown[]][])('of kind %o', (changes, good, bad) => {
    for (const p of good)
      expect(resolveParameters(declare(changes), { p })).toEqual({ values: { p }, faults: {} });
    for (const p of bad.filter((value) => value !== null)) {
      expect(Object.keys(resolveParameters(declare(changes), { p }).faults)).toEqual(['p']);
    }
  });
});
