import { describe, expect, it } from 'vitest';
import { type AcquisitionDraft, changesOf, draftOf, faultsOf } from './acquisition-draft.ts';

const BEFORE = draftOf({
  kind: 'grid',
  sampleName: 'lyso-1',
  acquisition: {
    ...{ mark: null, comment: '', energyEv: 12_400, exposureS: 0.01 },
    ...{ omegaStartDeg: null, omegaIncrementDeg: 0, grid: { rows: 5, columns: 7, snake: true, stepXUm: 10 } },
    values: { kappa: { value: 30, unit: 'deg' }, code: { value: '007' } },
  },
});
const changes = (change: Partial<AcquisitionDraft>) => changesOf({ ...BEFORE, ...change }, BEFORE);
const faults = (change: Partial<AcquisitionDraft>) => faultsOf({ ...BEFORE, ...change });

describe('the form of an acquisition', () => {
  it('is filled in as it is said, and changes nothing by itself', () => {
    expect(BEFORE).toMatchObject({
      ...{ sample: 'lyso-1', mark: '', energyEv: '12400', omegaStartDeg: '', omegaIncrementDeg: '0' },
      ...{ rows: '5', columns: '7', stepXUm: '10', stepYUm: '', snake: true },
      values: 'kappa = 30 deg\ncode = "007"',
    });
    expect(faults({})).toEqual({});
    expect(changes({})).toEqual({});
  });

  it('sends what differs', () => {
    expect(changes({ kind: 'still', mark: 'bad', comment: ' ice \n' })).toEqual({
      ...{ kind: 'still', mark: 'bad', comment: 'ice' },
    });
    expect(changes({ sample: ' ', energyEv: '' })).toEqual({ sample: null, energyEv: null });
    expect(changes({ rows: '6' })).toEqual({ grid: { rows: 6, columns: 7, snake: true, stepXUm: 10 } });
    expect(changes({ rows: '', columns: '', stepXUm: '' })).toEqual({ grid: null });
    expect(changes({ values: 'kappa = 40 deg' })).toEqual({ values: { kappa: { value: 40, unit: 'deg' } } });
  });

  it('tells every fault at its field', () => {
    expect(faults({ energyEv: '12,4', exposureS: '-1', rows: '', values: 'kappa' })).toEqual({
      energyEv: 'Write a number with a point, as 12398.4.',
      exposureS: 'More than 0.',
      rows: 'A lattice needs rows and columns.',
      values: '“kappa” is no parameter: write name = value unit.',
    });
    expect(changes({ energyEv: '12,4' })).toBeNull();
  });
});
