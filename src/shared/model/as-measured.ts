import type { Geometry } from '../contracts/geometry.ts';

/** hc in eV Å: CODATA 2018, from exact constants. */
export const HC_EV_ANGSTROM = 12_398.419843;

export interface Measured {
  energyEv: number | null;
  /** Of one image. */
  exposureS: number | null;
  omegaStartDeg: number | null;
  omegaIncrementDeg: number | null;
}

function energyOf({ energyEv, wavelengthA }: Geometry): number | null {
  return energyEv || (wavelengthA ? HC_EV_ANGSTROM / wavelengthA : null);
}

/** How it was measured: what was said of the acquisition, else what the data say of themselves (the count time, where it is known, as exposure). */
export function asMeasured(said: Measured, geometry: Geometry): Measured {
  return {
    energyEv: said.energyEv ?? energyOf(geometry),
    exposureS: said.exposureS ?? (geometry.countTimeS || geometry.frameTimeS || null),
    omegaStartDeg: said.omegaStartDeg ?? geometry.omegaStartDeg ?? null,
    omegaIncrementDeg: said.omegaIncrementDeg ?? geometry.omegaIncrementDeg ?? null,
  };
}
