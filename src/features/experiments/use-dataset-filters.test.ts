import { expect, it } from 'vitest';
import { askedBy, type DatasetFilters } from './use-dataset-filters.ts';

const NONE: DatasetFilters = {
  ...{ q: '', state: null, kind: null, mark: null, sample: null, nosample: false, sort: '' },
};

it('asks for what stands in the address', () => {
  expect(Object.values(askedBy(NONE)).every((value) => value === undefined)).toBe(true);
  expect(askedBy({ ...NONE, q: 'ice', mark: 'none', sample: 'lyso-1', sort: '-hitRate' })).toMatchObject({
    ...{ search: 'ice', mark: 'none', sample: 'lyso-1', sort: { metric: 'hitRate', falls: true } },
  });
  expect(askedBy({ ...NONE, sample: 'lyso-1', nosample: true })).toMatchObject({
    ...{ sample: undefined, withoutSample: true },
  });
  expect(askedBy({ ...NONE, sort: 'resolutionA' }).sort).toEqual({ metric: 'resolutionA', falls: false });
  expect(askedBy({ ...NONE, sort: '-' }).sort).toBeUndefined();
});
