import { expect, it } from 'vitest';
import type { StreamRule } from '#src/shared/model/stream-fields.ts';
import { draftOfRule, emptyDraft, keysIn, ruleOf, ruleWords } from './stream-rule-draft.ts';

const RULES: StreamRule[] = [
  { key: 'sample_name', field: 'sample' },
  { key: 'scan.type', field: 'kind', kinds: { OSC: 'rotation', 'a=b': 'grid' } },
  { key: 'keV', field: 'energyEv', factor: 1000 },
  { key: 'att', field: 'value', name: 'transmission', unit: '%', factor: 100 },
];

it('a rule that is edited and left alone is the same rule', () => {
  for (const rule of RULES) expect(ruleOf(draftOfRule(rule, 1))).toEqual({ rule, fault: null });
});

it('what another field had needed is left out, and what is missing is said', () => {
  const value = draftOfRule(RULES[3]!, 1);
  expect(ruleOf({ ...value, field: 'sample' }).rule).toEqual({ key: 'att', field: 'sample' });
  expect(ruleOf({ ...value, name: ' ' }).fault).toBe('Say what the value is called here.');
  expect(ruleOf({ ...value, factor: 'a tenth' }).fault).toBe('Write a number with a point, as 0.001.');
  expect(ruleOf(emptyDraft(1)).fault).toContain('as sample_name');
  const kind = { ...emptyDraft(1, 'type'), field: 'kind' as const };
  expect(ruleOf({ ...kind, kinds: 'OSC = Rotation;\nraster=grid;' }).rule?.kinds).toEqual({
    ...{ OSC: 'rotation', raster: 'grid' },
  });
  for (const kinds of ['OSC', 'OSC = foo', '= grid'])
    expect(ruleOf({ ...kind, kinds }).fault).toEqual(expect.any(String));
});

it('a rule in words', () => {
  expect(RULES.map(ruleWords)).toEqual([
    'name of the sample',
    'kind of the acquisition, OSC = rotation; a=b = grid',
    'energy, eV, × 1000',
    'transmission in %, × 100',
  ]);
});

it('the names in user data are told with the objects they lie in', () => {
  expect(keysIn({ a: 1, b: { c: 'x', d: { e: null } }, f: [1], g: { h: { i: { j: 1 } } } })).toEqual([
    'a',
    'b.c',
    'b.d.e',
  ]);
  for (const none of [null, 'text', [1], 7]) expect(keysIn(none)).toEqual([]);
});
