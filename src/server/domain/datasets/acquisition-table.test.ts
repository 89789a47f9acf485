import { describe, expect, it } from 'vitest';
import { readCsv } from '../experiments/csv-table.ts';
import { ACQUISITION_COLUMNS, acquisitionsOf } from './acquisition-table.ts';

function read(text: string) {
  const table = readCsv(text, ACQUISITION_COLUMNS, []);
  expect(table.faults).toEqual([]);
  return acquisitionsOf(table);
}

describe('a table of acquisitions', () => {
  it('says what stands in its cells; an empty one says nothing', () => {
    const { lines, faults } = read(
      [
        'Collection ID;Prefix;Series;Type;Sample name;Mark;Remarks;Energy_eV;Exposure time;Omega start;Oscillation;Rows;Columns;Snake;Step x;Parameters',
        '17;lyso/run_1;;GRID;lyso-1;Good;second loop;12400;.05;-90;0;5;7;yes;10;"kappa = 30 deg; robot = yes"',
        ';;series-9;;;;;;;;;;;;;',
      ].join('\n'),
    );
    expect(faults).toEqual([]);
    expect(lines).toEqual([
      {
        line: 2,
        said: {
          ...{ id: '17', name: 'lyso/run_1', kind: 'grid', sample: 'lyso-1', mark: 'good' },
          ...{ comment: 'second loop', energyEv: 12_400, exposureS: 0.05 },
          ...{ omegaStartDeg: -90, omegaIncrementDeg: 0 },
          grid: { rows: 5, columns: 7, snake: true, stepXUm: 10 },
          values: { kappa: { value: 30, unit: 'deg' }, robot: { value: true } },
        },
      },
      { line: 3, said: { seriesId: 'series-9' } },
    ]);
  });

  it('has all faults of every line', () => {
    const { lines, faults } = read(
      [
        'name,kind,mark,energyEv,omegaStartDeg,rows,snake,values',
        '/lyso/,turning,fine,"12,4",x,1.5,perhaps,kappa',
        ',grid,,-1,,,,',
        'lyso/run_3,,,,,5,,',
        'lyso/run_4,,,,,,,9x = 1',
      ].join('\n'),
    );
    expect(faults.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
      '2 values: “kappa” is no parameter: write name = value unit.',
      '2 name: A name has no slash at its ends, and no . or .. in it.',
      '2 kind: One of rotation, screening, grid, helical, serial, still, scan, other.',
      '2 mark: One of good, bad.',
      '2 energyEv: Write a number with a point, as 12398.4.',
      '2 omegaStartDeg: Write a number with a point, as 12398.4.',
      '2 rows: Write a whole number.',
      '2 null: A lattice needs rows and columns.',
      '2 snake: Write yes or no.',
      '3 null: Give the name its files begin with, or the series id of the detector.',
      '3 energyEv: More than 0.',
      '4 null: A lattice needs rows and columns.',
      '5 values: Names have letters, digits, spaces, dots and hyphens, at most 60, and begin with a letter.',
    ]);
    // What lines are about is still known where only another cell is wrong.
    expect(lines.map(({ line, said }) => [line, said])).toEqual([
      [4, { name: 'lyso/run_3' }],
      [5, { name: 'lyso/run_4' }],
    ]);
  });
});
