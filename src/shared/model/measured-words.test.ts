import { describe, expect, it } from 'vitest';
import type { Geometry } from '../contracts/geometry.ts';
import { asMeasured, type Measured } from './as-measured.ts';
import { energyWords, exposureWords, rotationWords, wavelengthWords } from './measured-words.ts';

const NOTHING: Measured = { energyEv: null, exposureS: null, omegaStartDeg: null, omegaIncrementDeg: null };
const measured = (said: Partial<Measured>, more: Partial<Geometry>) =>
  asMeasured({ ...NOTHING, ...said }, { imageSizeXPx: 1, imageSizeYPx: 1, ...more });

describe('how it was measured', () => {
  it('is what the data say of themselves', () => {
    const told = { countTimeS: 0.0099, frameTimeS: 0.01, wavelengthA: 0.9763, omegaStartDeg: 0 };
    const { energyEv, ...others } = measured({}, told);
    expect(others).toEqual({ exposureS: 0.0099, omegaStartDeg: 0, omegaIncrementDeg: null });
    expect(wavelengthWords(energyEv)).toBe('0.9763 Å');
    expect(measured({}, { countTimeS: 0, frameTimeS: 2 }).exposureS).toBe(2);
    expect(measured({}, {})).toEqual(NOTHING);
  });

  it('is what was said of it, where something was', () => {
    const told = { energyEv: 12_400, wavelengthA: 0.9999, countTimeS: 0.1, omegaIncrementDeg: 0.1 };
    expect(measured({ energyEv: 13_000, omegaIncrementDeg: 0 }, told)).toEqual({
      ...{ energyEv: 13_000, exposureS: 0.1, omegaStartDeg: null, omegaIncrementDeg: 0 },
    });
  });
});

describe('in words', () => {
  it('the rotation has no floating-point dust', () => {
    const turning = { omegaStartDeg: 0, omegaIncrementDeg: 0.1 };
    expect(rotationWords(turning, 1800)).toBe('0–180° by 0.1°');
    expect(rotationWords({ ...turning, omegaStartDeg: 90.3 }, 3)).toBe('90.3–90.6° by 0.1°');
    expect(rotationWords({ omegaStartDeg: 180, omegaIncrementDeg: -0.5 }, 360)).toBe('180–0° by 0.5°');
    expect(rotationWords(turning, null)).toBe('from 0° by 0.1°');
    expect(rotationWords({ ...turning, omegaIncrementDeg: 0 }, 10)).toBeNull();
    expect(rotationWords(NOTHING, 10)).toBeNull();
  });

  it('exposure, wavelength and energy have the units of the field', () => {
    expect([0.0099, 2, null].map(exposureWords)).toEqual(['9.9 ms', '2 s', null]);
    expect([12_398.419843, null].map(wavelengthWords)).toEqual(['1.0000 Å', null]);
    expect(energyWords(12_400)).toBe('12.400 keV, 0.9999 Å');
  });
});
