import { describe, expect, it } from 'vitest';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import {
  activeFirst,
  exposureWords,
  rotationWords,
  summaryWords,
  wavelengthWords,
} from './experiment-words.ts';

const geometry = (more: Partial<Geometry>): Geometry => ({ imageSizeXPx: 1, imageSizeYPx: 1, ...more });

it('puts active experiments first and keeps the order otherwise', () => {
  const row = (code: string, activeSince: Date | null = null) => ({ code, activeSince });
  const rows = [row('a'), row('b', new Date(0)), row('c'), row('d', new Date(9))];
  expect(activeFirst(rows).map(({ code }) => code)).toEqual(['b', 'd', 'a', 'c']);
});

describe('a dataset in words', () => {
  it('says the rotation without floating-point dust', () => {
    const turning = geometry({ omegaStartDeg: 0, omegaIncrementDeg: 0.1 });
    expect(rotationWords(turning, 1800)).toBe('0–180° in 0.1° steps');
    expect(rotationWords(geometry({ omegaStartDeg: 90.3, omegaIncrementDeg: 0.1 }), 3)).toBe(
      '90.3–90.6° in 0.1° steps',
    );
    expect(rotationWords(geometry({ omegaStartDeg: 180, omegaIncrementDeg: -0.5 }), 360)).toBe(
      '180–0° in 0.5° steps',
    );
    expect(rotationWords(turning, null)).toBe('from 0° in 0.1° steps');
    expect(rotationWords(geometry({ omegaStartDeg: 0, omegaIncrementDeg: 0 }), 10)).toBeNull();
    expect(rotationWords(geometry({}), 10)).toBeNull();
  });

  it('says exposure and wavelength in the units of the field', () => {
    expect(exposureWords(geometry({ countTimeS: 0.0099, frameTimeS: 0.01 }))).toBe('9.9 ms');
    expect(exposureWords(geometry({ countTimeS: 0, frameTimeS: 2 }))).toBe('2 s');
    expect(exposureWords(geometry({}))).toBeNull();
    expect(wavelengthWords(geometry({ wavelengthA: 0.9763 }))).toBe('0.9763 Å');
    expect(wavelengthWords(geometry({ energyEv: 12398.419843 }))).toBe('1.0000 Å');
    expect(wavelengthWords(geometry({}))).toBeNull();
  });

  it('puts resolution and spots first, in the words of the templates', () => {
    const declared = [
      { name: 'spotsMedian', label: 'Spots per frame', digits: 0 },
      { name: 'resolutionA', label: 'Resolution', unit: 'Å', digits: 2 },
    ];
    const summary = { background: 2.3456, spotsMedian: 246.5, resolutionA: 1.6234, zeta: 1 };
    expect(summaryWords(summary, declared)).toEqual([
      { label: 'resolution', value: '1.62\u00a0Å' },
      { label: 'spots per frame', value: '247' },
      { label: 'background', value: '2.35' },
    ]);
    expect(summaryWords({ spotsMax: 3 }, [])).toEqual([{ label: 'spots max', value: '3' }]);
    expect(summaryWords({}, declared)).toEqual([]);
  });
});
