import type { DetectorPlane } from './detector-plane.ts';
import type { MeasuredPixels } from './frame-histogram.ts';

export interface RadialAverage {
  /** Middle of each bin, q = 4π sin θ / λ in 1/Å. */
  q: Float64Array<ArrayBuffer>;
  /** Mean of the measured pixels; NaN where there is none. */
  mean: Float64Array<ArrayBuffer>;
  pixels: Uint32Array<ArrayBuffer>;
}

/**
 * Mean over all azimuths in equal bins of q, each pixel counted by its centre (no splitting, no solid angle, no polarisation:
 * what the detector counted). Null without a wavelength, or when no pixel was measured.
 */
export function radialAverage(
  frame: MeasuredPixels & { shape: readonly [number, number] },
  plane: DetectorPlane,
  bins: number,
): RadialAverage | null {
  if (plane.wavelengthA === null) return null;
  const [rows, columns] = frame.shape;
  const { pixels, invalid } = frame;
  const mask = frame.mask?.length === pixels.length ? frame.mask : null;
  const ceiling = frame.saturation ?? Number.POSITIVE_INFINITY;
  const { origin: o, fast: f, slow: s } = plane;
  const factor = (4 * Math.PI) / plane.wavelengthA;
  // sin θ from cos 2θ = z / |p|, by sin² 2θ / (2 (1 + cos 2θ)): exact near the beam too.
  const qAt = (x: number, y: number, z: number): number => {
    const across = x * x + y * y;
    const length = Math.sqrt(across + z * z);
    return factor * Math.sqrt(across / (length * length) / (2 * (1 + z / length)));
  };
  const corner = (fast: number, slow: number) =>
    qAt(o[0] + fast * f[0] + slow * s[0], o[1] + fast * f[1] + slow * s[1], o[2] + fast * f[2] + slow * s[2]);
  const most = Math.max(corner(0, 0), corner(columns, 0), corner(0, rows), corner(columns, rows));
  const sums = new Float64Array(bins);
  const counts = new Uint32Array(bins);
  let measured = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    const x0 = o[0] + (row + 0.5) * s[0] + 0.5 * f[0];
    const y0 = o[1] + (row + 0.5) * s[1] + 0.5 * f[1];
    const z0 = o[2] + (row + 0.5) * s[2] + 0.5 * f[2];
    for (let column = 0; column < columns; column++, i++) {
      const raw = pixels[i]!;
      if (raw === invalid || (mask !== null && mask[i] !== 0)) continue;
      const value = Number(raw);
      if (!(value < ceiling)) continue;
      const q = qAt(x0 + column * f[0], y0 + column * f[1], z0 + column * f[2]);
      const bin = Math.min(bins - 1, Math.floor((q / most) * bins));
      sums[bin]! += value;
      counts[bin]!++;
      measured++;
    }
  }
  if (measured === 0) return null;
  return {
    q: Float64Array.from({ length: bins }, (_, bin) => ((bin + 0.5) * most) / bins),
    mean: sums.map((sum, bin) => sum / counts[bin]!),
    pixels: counts,
  };
}
