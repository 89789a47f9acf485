import { describe, expect, it } from 'vitest';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';
import { comparedPlots, comparePath, metricRows, parameterRows } from './compared-jobs.ts';

const metric = (name: string, betterIs: 'higher' | 'lower' | null = null) => ({
  ...{ name, label: name.toUpperCase(), unit: null, digits: 2, inRow: true, ofDataset: false, betterIs },
});
const run = (more: Partial<JobDetail>) =>
  ({
    declaredParameters: [],
    parameters: {},
    datasets: {},
    declaredMetrics: [],
    metrics: {},
    plots: [],
    ...more,
  }) as unknown as JobDetail;

describe('runs side by side', () => {
  it('mark what differs, and name the best where the template says which is better', () => {
    const declaredMetrics = [metric('res', 'lower'), metric('cc', 'higher'), metric('cell')];
    const rows = metricRows([
      run({ declaredMetrics, metrics: { res: 1.8, cc: 0.99, cell: 78 } }),
      run({ declaredMetrics, metrics: { res: 1.801, cc: 0.95, cell: 79, extra: 'yes' } }),
      run({ declaredMetrics, metrics: { res: 2.4, cc: null, cell: 78 } }),
    ]);
    expect(rows.map(({ key, cells, differs, best }) => [key, cells, differs, best])).toEqual([
      // The second is 1.80 as it is shown: not worse.
      ['res', ['1.80', '1.80', '2.40'], true, [0, 1]],
      ['cc', ['0.99', '0.95', '—'], true, [0]],
      ['cell', ['78.00', '79.00', '78.00'], true, []],
      ['extra', ['—', 'yes', '—'], true, []],
    ]);
  });

  it('call none the best where all are as good, or one alone has told', () => {
    const declaredMetrics = [metric('res', 'lower')];
    const of = (...values: (number | null)[]) =>
      metricRows(values.map((res) => run({ declaredMetrics, metrics: { res } })))[0]!.best;
    expect(of(2, 2)).toEqual([]);
    expect(of(2, null)).toEqual([]);
    expect(of(2, 2, null)).toEqual([]);
    expect(of(2, 1)).toEqual([1]);
  });

  it('put inputs of the same name into one row, with a dash where a run has none', () => {
    const limit = { name: 'limit', label: 'Limit', type: 'number' as const, unit: 'Å', description: '' };
    const frames = { name: 'frames', label: 'Frames', type: 'integer' as const, description: '' };
    const rows = parameterRows([
      run({ declaredParameters: [limit], parameters: { limit: 2 } }),
      run({ declaredParameters: [limit, frames], parameters: { limit: 2, frames: 90 } }),
    ]);
    expect(rows.map(({ label, cells, differs }) => [label, cells, differs])).toEqual([
      ['Limit', ['2\u00a0Å', '2\u00a0Å'], false],
      ['Frames', ['—', '90'], true],
    ]);
  });

  it('lay curves over one another, each run in a colour, and leave maps beside each other', () => {
    const curve = (y: number) => ({
      ...{ id: 'spots', title: 'Spots', layout: {} },
      data: [
        { y: [y], name: 'all' },
        { y: [y], name: 'indexed' },
      ],
    });
    const map = { id: 'map', title: 'Map', data: [{ type: 'heatmap', z: [[1]] }], layout: {} };
    const plots = comparedPlots([{ plots: [curve(1), map] }, { plots: [] }, { plots: [curve(3), map] }]);
    expect(plots.map(({ id, letter }) => [id, letter])).toEqual([
      ['spots', null],
      ['map 0', 'A'],
      ['map 2', 'C'],
    ]);
    const [spots] = plots;
    expect(spots!.traces.map(({ name }) => name)).toEqual(['A all', 'A indexed', 'C all', 'C indexed']);
    const colours = spots!.traces.map(({ line }) => (line as { color: string }).color);
    expect(colours[0]).toBe(colours[1]);
    expect(colours[0]).not.toBe(colours[2]);
  });

  it('label the axis as far as the curves reach, whichever run reaches farthest', () => {
    const reaching = (tickvals: number[]) => ({
      ...{ id: 'cc', title: 'CC½', data: [{ x: tickvals, y: tickvals }] },
      layout: { xaxis: { title: 'Å', tickvals }, yaxis: { title: 'CC½' } },
    });
    const [plot] = comparedPlots([{ plots: [reaching([0.01, 0.05])] }, { plots: [reaching([0.01, 0.09])] }]);
    expect(plot!.layout).toMatchObject({ xaxis: { tickvals: [0.01, 0.09] }, yaxis: { title: 'CC½' } });
  });
});

it('the address of a comparison names each job once, and no more than ten', () => {
  expect(comparePath(['a', 'b', 'a'])).toBe('/jobs/compare?jobs=a,b');
  expect(comparePath('abcdefghijkl'.split(''))).toBe('/jobs/compare?jobs=a,b,c,d,e,f,g,h,i,j');
});
