import { describe, expect, it } from 'vitest';
import { readStreamFields, type StreamRule, streamRulesSchema } from './stream-fields.ts';

const read = (rules: StreamRule[], userData: unknown) =>
  readStreamFields(streamRulesSchema.parse(rules), userData);
const NOTHING = { values: {}, ignored: [] };

describe('the fields of an acquisition from user data', () => {
  it('are read by their keys, into objects, with the units and the words of the beamline', () => {
    const rules: StreamRule[] = [
      { key: 'sample_name', field: 'sample' },
      { key: 'location.puck', field: 'container' },
      { key: 'location.pin', field: 'position' },
      { key: 'scan.type', field: 'kind', kinds: { OSC: 'rotation', Raster: 'grid' } },
      { key: 'photon_energy', field: 'energyEv', factor: 1000 },
      { key: 'exposure_ms', field: 'exposureS', factor: 0.001 },
      { key: 'transmission', field: 'value', name: 'transmission', unit: '%', factor: 100 },
      { key: 'shutterless', field: 'value', name: 'shutterless' },
    ];
    const userData = {
      ...{ sample_name: ' lyso 1 ', location: { puck: 'P7', pin: 3 }, scan: { type: 'osc' } },
      ...{ photon_energy: '12.4', exposure_ms: 5, transmission: 0.2, shutterless: true },
    };
    expect(read(rules, userData)).toEqual({
      ...{ sample: 'lyso 1', container: 'P7', position: '3', kind: 'rotation' },
      ...{ energyEv: 12400, exposureS: 0.005, ignored: [] },
      values: { transmission: { value: 20, unit: '%' }, shutterless: { value: true } },
    });
  });

  it('of several keys for one field are those of the first that is there', () => {
    const rules: StreamRule[] = [
      { key: 'sample', field: 'sample' },
      { key: 'sample_name', field: 'sample' },
    ];
    expect(read(rules, { sample_name: 'b' }).sample).toBe('b');
    expect(read(rules, { sample_name: 'b', sample: 'a' }).sample).toBe('a');
    expect(read(rules, { sample_name: 'b', sample: null }).sample).toBe('b');
  });

  it('may lie under a name with dots, and never outside the data', () => {
    const rules: StreamRule[] = [{ key: 'a.b.c', field: 'sample' }];
    expect(read(rules, { 'a.b.c': 'x', a: { b: { c: 'y' } } }).sample).toBe('x');
    expect(read(rules, { 'a.b': { c: 'z' } }).sample).toBe('z');
    for (const key of ['__proto__.x', 'constructor.name', 'toString'])
      expect(read([{ key, field: 'sample' }], {})).toEqual(NOTHING);
    for (const data of [null, undefined, 'text', 7, [], [[]], true])
      expect(read(rules, data)).toEqual(NOTHING);
  });

  it('make a lattice of its parts, or say what it lacks', () => {
    const rules: StreamRule[] = [
      { key: 'ny', field: 'grid.rows' },
      { key: 'nx', field: 'grid.columns' },
      { key: 'snake', field: 'grid.snake' },
      { key: 'dx', field: 'grid.stepXUm', factor: 1000 },
    ];
    expect(read(rules, { ny: 5, nx: '7', snake: 'yes', dx: 0.01 }).grid).toEqual({
      ...{ rows: 5, columns: 7, snake: true, stepXUm: 10 },
    });
    expect(read(rules, { nx: 7 })).toEqual({
      values: {},
      ignored: ['The lattice was not taken. A lattice needs rows and columns.'],
    });
    expect(read(rules, { ny: 2.5, nx: 7 }).ignored).toHaveLength(1);
  });

  it('leave out what does not fit, and say so', () => {
    const rules: StreamRule[] = [
      { key: 'type', field: 'kind' },
      { key: 'energy', field: 'energyEv' },
      { key: 'name', field: 'sample' },
      { key: 'dose', field: 'value', name: 'dose' },
    ];
    const { ignored, ...rest } = read(rules, {
      ...{ type: 'foo', energy: 'warm', name: `a${String.fromCharCode(0)}`, dose: { mgy: 3 } },
    });
    expect(rest).toEqual({ values: {} });
    expect(ignored).toEqual([
      'type "foo" was not taken. One of rotation, screening, grid, helical, serial, still, scan, other.',
      'energy "warm" was not taken. It is no number.',
      expect.stringMatching(/^name "a.*" was not taken\. This holds a control character/),
      'dose {"mgy":3} was not taken. It is no single value.',
    ]);
    expect(read([{ key: 'energy', field: 'energyEv' }], { energy: -1 }).ignored).toEqual([
      'energy -1 was not taken. More than 0.',
    ]);
    expect(read(rules, { type: '\ud800'.repeat(500) }).ignored[0]!.isWellFormed()).toBe(true);
  });
});

describe('a rule', () => {
  const faultsOf = (rule: object) =>
    streamRulesSchema.safeParse([rule]).error?.issues.map(({ path, message }) => [path.at(-1), message]);

  it('is refused with the place of its fault', () => {
    expect(faultsOf({ key: '', field: 'sample' })).toEqual([
      ['key', expect.stringContaining('as sample_name')],
    ]);
    expect(faultsOf({ key: 'a', field: 'value' })).toEqual([['name', 'Say what the value is called here.']]);
    expect(faultsOf({ key: 'a', field: 'value', name: '7up' })).toEqual([['name', expect.any(String)]]);
    expect(faultsOf({ key: 'a', field: 'sample', factor: 2 })).toEqual([['factor', 'This is not a number.']]);
    expect(faultsOf({ key: 'a', field: 'energyEv', factor: 0 })).toEqual([['factor', expect.any(String)]]);
    expect(faultsOf({ key: 'a', field: 'kind', kinds: { x: 'foo' } })).toHaveLength(1);
    expect(faultsOf({ key: 'a', field: 'sample', kinds: { x: 'grid' } })).toHaveLength(1);
    expect(faultsOf({ key: 'a', field: 'energyEv', unit: 'keV' })).toHaveLength(1);
    expect(faultsOf({ key: 'a', field: 'sample', other: 1 })).toHaveLength(1);
    expect(faultsOf({ key: 'a', field: 'value', name: 'dose', unit: 'MGy', factor: 0.5 })).toBeUndefined();
  });

  it('is one of forty at most', () => {
    const rules = (count: number) => Array.from({ length: count }, () => ({ key: 'a', field: 'sample' }));
    expect(streamRulesSchema.safeParse(rules(40)).success).toBe(true);
    expect(streamRulesSchema.safeParse(rules(41)).success).toBe(false);
  });
});
