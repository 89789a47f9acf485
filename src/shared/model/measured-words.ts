import { HC_EV_ANGSTROM, type Measured } from './as-measured.ts';

/** Up to `digits` significant figures without trailing zeros: 0.1, 0.9763, 12 400. */
export function figures(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

/** The rotation of a series: "0–180° by 0.1°"; null when nobody said, or nothing turned. */
export function rotationWords(
  { omegaStartDeg: start, omegaIncrementDeg: step }: Pick<Measured, 'omegaStartDeg' | 'omegaIncrementDeg'>,
  frames: number | null,
): string | null {
  if (start === null || step === null || step === 0) return null;
  if (frames === null || frames === 0) return `from ${figures(start, 5)}° by ${figures(Math.abs(step))}°`;
  return `${figures(start, 5)}–${figures(start + step * frames, 5)}° by ${figures(Math.abs(step))}°`;
}

/** Exposure of one image: "10 ms". */
export function exposureWords(seconds: number | null): string | null {
  if (!seconds) return null;
  return seconds < 0.9995 ? `${figures(seconds * 1000, 3)} ms` : `${figures(seconds, 3)} s`;
}

/** "0.9763 Å": λ = hc/E. */
export function wavelengthWords(energyEv: number | null): string | null {
  return energyEv ? `${(HC_EV_ANGSTROM / energyEv).toFixed(4)} Å` : null;
}

/** "12.400 keV, 0.9999 Å". */
export const energyWords = (energyEv: number): string =>
  `${(energyEv / 1000).toFixed(3)} keV, ${wavelengthWords(energyEv)}`;
