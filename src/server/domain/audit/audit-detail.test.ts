import { expect, it } from 'vitest';
import { withoutNames } from './audit-detail.ts';

const EXPERIMENT = '0199a0c0-0000-7000-8000-000000000001';
const shown = (row: Partial<Parameters<typeof withoutNames>[0]>) =>
  withoutNames({ action: 'x', entityKind: 'experiment', experimentId: EXPERIMENT, detail: {}, ...row });

it('keeps ids, numbers, times and words of the product, and counts what it holds back', () => {
  const detail = {
    title: 'Canary protein',
    code: 'DEM26-7K2QF',
    owner: EXPERIMENT,
    state: 'running',
    frames: 1800,
    enabled: false,
    since: '2026-11-22T05:00:00.000Z',
    nothing: null,
  };
  const { title: _, ...rest } = detail;
  expect(shown({ action: 'experiment.create', detail })).toEqual({ detail: rest, withheld: 1 });
});

it('looks into lists and objects', () => {
  const detail = { before: { title: 'Canary', state: 'closed' }, paths: ['raw/canary', EXPERIMENT] };
  const expected = { before: { state: 'closed' }, paths: [EXPERIMENT] };
  expect(shown({ detail })).toEqual({ detail: expected, withheld: 2 });
});

it('shows where roles went, and never where files went', () => {
  const detail = { from: 'member', to: 'manager' };
  expect(shown({ action: 'member.role', detail })).toEqual({ detail, withheld: 0 });
  expect(shown({ action: 'file.move', detail: { from: 'raw/canary', to: 'raw/b' } })).toEqual({
    detail: {},
    withheld: 2,
  });
});

it('shows names and reasons of the facility’s own things, not of data that belong to nobody yet', () => {
  const detail = { name: 'Year 2026', reason: 'more beam time' };
  const licence = { action: 'licence.grant', entityKind: 'licence', experimentId: null, detail };
  expect(shown(licence)).toEqual({ detail, withheld: 0 });
  expect(shown({ ...licence, entityKind: 'dataset' })).toEqual({ detail: {}, withheld: 2 });
  expect(shown({ ...licence, experimentId: EXPERIMENT })).toEqual({ detail: {}, withheld: 2 });
});
