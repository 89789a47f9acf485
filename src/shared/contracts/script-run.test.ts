import { describe, expect, it } from 'vitest';
import { foldReportLines, scriptLanguage, variableName } from './script-run.ts';

describe('reports by lines', () => {
  const lines = (...each: unknown[]) => each.map((line) => `${JSON.stringify(line)}\n`).join('');

  it('amount to the last progress, every metric as told last, every plot as drawn last', () => {
    expect(
      foldReportLines('progress', lines({ done: 1, total: 3 }, { done: 2, total: 3, text: 'two' })),
    ).toBe('{"done":2,"total":3,"text":"two"}');
    const metrics = lines({ a: 1, b: 'P 1' }, { a: 2 }, { c: null });
    expect(JSON.parse(foldReportLines('metrics', metrics)!)).toEqual({ a: 2, b: 'P 1', c: null });
    const plot = (id: string, title: string) => ({ id, title, data: [{ y: [1] }] });
    const plots = JSON.parse(
      foldReportLines('plots', lines(plot('a', 'old'), plot('b', 'B'), plot('a', 'new')))!,
    );
    expect(plots.map(({ id, title }: { id: string; title: string }) => [id, title])).toEqual([
      ['a', 'new'],
      ['b', 'B'],
    ]);
  });

  it('that are none, or half written, take none of the others along', () => {
    const text = `not json\n[1]\n"x"\n{"resolution": NaN}\n{"deep": {"x": 1}}\n{"spots": 4}\n\n{"spots": 5`;
    expect(foldReportLines('metrics', text)).toBe('{"spots":4}');
    expect(foldReportLines('plots', lines({ id: '<b>', title: '', data: [] }))).toBeNull();
    expect(foldReportLines('progress', lines({ done: -1 }))).toBeNull();
    expect(foldReportLines('progress', '')).toBeNull();
  });

  it('change nothing but the report, whatever its names are', () => {
    const told = foldReportLines('metrics', '{"__proto__": 1, "constructor": 2}\n')!;
    expect(Object.entries(JSON.parse(told))).toContainEqual(['constructor', 2]);
    expect(({} as Record<string, unknown>).constructor).toBe(Object);
  });
});

it('each input has a variable of its own', () => {
  expect(['cutoff', 'maxFrames', 'aB', 'ab', 'a1'].map(variableName)).toEqual([
    'JOB_INPUT_CUTOFF',
    'JOB_INPUT_MAX_FRAMES',
    'JOB_INPUT_A_B',
    'JOB_INPUT_AB',
    'JOB_INPUT_A1',
  ]);
});

it('a language is one that is known', () => {
  expect(['script:bash', 'script:python', 'script:perl', 'built-in:x'].map(scriptLanguage)).toEqual([
    'bash',
    'python',
    null,
    null,
  ]);
});
