import { expect, it } from 'vitest';
import { asLatex, asTabs, hasMerging, type MeasuredDataset, tableOne } from './table-one.ts';

const dataset = (base: string, metrics: Record<string, number | string | null> | null): MeasuredDataset => ({
  ...{ base, sampleName: base === 'raw/a' ? 'lyso_A1' : null, framesStored: 1800 },
  ...{ energyEv: 12_398.419843, exposureS: null, omegaStartDeg: null, omegaIncrementDeg: null },
  geometry: {} as MeasuredDataset['geometry'],
  result: metrics && { jobId: 'j', templateName: 'DIALS full', isChosen: false, metrics },
});
const merged = {
  ...{ spaceGroup: 'P 43 21 2', cell: '78.9 78.9 37.1 90 90 90', mergedResolutionA: 1.6 },
  ...{ completeness: 98.24, completenessOuter: 91, ccHalf: 0.9987, ccHalfOuter: 0.41, rPim: null },
};

it('is a table with outer shells in parentheses, without rows that nobody told', () => {
  const table = tableOne([dataset('raw/a', merged), dataset('raw/b_2', { mergedResolutionA: 2 })]);
  expect(asTabs(table).split('\n')).toEqual([
    '\ta\tb_2',
    'Sample\tlyso_A1\t',
    'Wavelength (Å)\t1.0000\t1.0000',
    'Frames\t1800\t1800',
    'Space group\tP 43 21 2\t',
    'Unit cell (Å, °)\t78.9 78.9 37.1 90 90 90\t',
    'Resolution (Å)\t1.60\t2.00',
    'CC½\t0.999 (0.410)\t',
    'Completeness (%)\t98.2 (91.0)\t',
    'Processed with\tDIALS full\tDIALS full',
  ]);
  const lines = asLatex(table).split('\n');
  expect(lines[0]).toBe('\\begin{tabular}{lcc}');
  expect(lines).toContain(' & a & b\\_2 \\\\');
  expect(lines).toContain('Completeness (\\%) & 98.2 (91.0) &  \\\\');
  expect(lines).toContain('CC$_{1/2}$ & 0.999 (0.410) &  \\\\');
});

it('tells ranges, reflections, R-meas and Wilson B of what says them', () => {
  const full = {
    ...{
      ...merged,
      lowResolutionA: 45.204,
      outerFromA: 1.657,
      observations: 251_034,
      uniqueReflections: 19_204,
    },
    ...{ rMeas: 0.0712, rMeasOuter: 0.9, wilsonB: 18.26, multiplicity: 13.07, multiplicityOuter: 9 },
  };
  const table = tableOne([dataset('raw/a', full)]);
  expect(asTabs(table).split('\n')).toEqual(
    expect.arrayContaining([
      ...['Resolution (Å)\t45.20–1.60 (1.66–1.60)', 'Reflections measured\t251034'],
      ...['Reflections, unique\t19204', 'R-meas\t0.071 (0.900)', 'Multiplicity\t13.1 (9.0)'],
      'Wilson B (Å²)\t18.3',
    ]),
  );
  expect(asLatex(table)).toContain('Wilson B (\\AA{}$^2$) & 18.3');
  expect(asLatex(table)).toContain('45.20--1.60 (1.66--1.60)');
});

it('takes what was merged alone', () => {
  expect(hasMerging(dataset('raw/a', merged))).toBe(true);
  expect(hasMerging(dataset('raw/a', { spotsMedian: 5 }))).toBe(false);
  expect(hasMerging(dataset('raw/a', null))).toBe(false);
});
