import { describe, expect, it } from 'vitest';
import { type CorrectableField, correct, type FieldStates, type FieldValue, say } from './correction.ts';

const ADA = { personId: 'ada', at: '2026-11-22T10:00:00.000Z' };
const BOB = { personId: 'bob', at: '2026-11-22T11:00:00.000Z' };
const values = (some: Partial<Record<CorrectableField, FieldValue>>): FieldStates['values'] => ({
  ...{ kind: 'rotation', sample: 'lyso-1', energyEv: 12_400, exposureS: null },
  ...{ omegaStartDeg: 0, omegaIncrementDeg: 0.1 },
  ...some,
});
const SAID: FieldStates = { values: values({}), corrections: {} };

describe('a person’s correction', () => {
  it('keeps what the source said first, however often it is corrected', () => {
    const once = correct(SAID, { kind: 'grid', energyEv: 13_000 }, ADA);
    const twice = correct(once, { kind: 'scan' }, BOB);
    expect(twice).toEqual({
      values: values({ kind: 'scan', energyEv: 13_000 }),
      corrections: { kind: { said: 'rotation', ...BOB }, energyEv: { said: 12_400, ...ADA } },
    });
  });

  it('is taken back by what the source said, and by nothing', () => {
    const corrected = correct(SAID, { kind: 'grid', energyEv: 13_000, exposureS: 0.2 }, ADA);
    expect(correct(corrected, { kind: 'rotation', energyEv: null, exposureS: null }, BOB)).toEqual(SAID);
    expect(correct(SAID, { energyEv: null, exposureS: null, kind: 'rotation' }, BOB)).toEqual(SAID);
  });

  it('of the sample may be that there is none', () => {
    expect(correct(SAID, { sample: null }, ADA)).toEqual({
      values: values({ sample: null }),
      corrections: { sample: { said: 'lyso-1', ...ADA } },
    });
  });
});

describe('what the source says', () => {
  it('counts where nobody corrected it, and stands beside the person’s word where somebody did', () => {
    const corrected = correct(SAID, { kind: 'grid' }, ADA);
    expect(say(corrected, { kind: 'screening', sample: 'lyso-2' })).toEqual({
      values: values({ kind: 'grid', sample: 'lyso-2' }),
      corrections: { kind: { said: 'screening', ...ADA } },
    });
  });

  it('and the person too, is no correction any more', () => {
    const corrected = correct(SAID, { kind: 'grid' }, ADA);
    expect(say(corrected, { kind: 'grid' })).toEqual({ values: values({ kind: 'grid' }), corrections: {} });
  });
});
