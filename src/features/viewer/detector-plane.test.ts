import { describe, expect, test } from 'vitest';
import {
  detectorPlane,
  directBeam,
  type GeometryOverride,
  omegaAt,
  resolutionAt,
  twoThetaAt,
} from './detector-plane.ts';
import { automaticRings, ringPaths, typedRings } from './resolution-rings.ts';

const geometry = {
  imageSizeXPx: 2070,
  imageSizeYPx: 2167,
  pixelSizeXM: 75e-6,
  pixelSizeYM: 75e-6,
  beamCenterXPx: 1030.25,
  beamCenterYPx: 1080.75,
  detectorDistanceM: 0.15,
  wavelengthA: 0.9795,
  omegaStartDeg: 10,
  omegaIncrementDeg: 0.5,
};

/** Computed by dxtbx 3.12 (DIALS): resolution (Å) and 2θ (°) at four pixels, direct beam, and where rows of pixels cross rings. */
const POINTS = [
  [0.5, 0.5],
  [1500.5, 300.5],
  [2069.5, 2166.5],
  [1030.25, 100],
] as const;
interface Reference {
  name: string;
  override: GeometryOverride;
  resolution: readonly [number, number][];
  beam: readonly [number, number];
  crossings: readonly [resolutionA: number, fast: number, slow: number][];
}
const REFERENCES: readonly Reference[] = [
  {
    name: 'flat',
    override: {},
    resolution: [
      [1.5543905, 36.7307153],
      [2.3091984, 24.4893186],
      [1.5465287, 36.9241593],
      [2.1671332, 26.1221774],
    ],
    beam: [1030.25, 1080.75],
    crossings: [
      [3, 349.738, 1080.75],
      [3, 1710.762, 1080.75],
      [2, 285.355, 300],
      [2, 1732.58, 1900],
    ],
  },
  {
    name: 'two-theta 25° about the fast direction',
    override: { twoThetaDeg: 25 },
    resolution: [
      [1.0250163, 57.083274],
      [1.2144222, 47.5665506],
      [2.2827713, 24.7773017],
      [1.1350647, 51.1221774],
    ],
    beam: [1030.25, 2013.36532],
    crossings: [
      [3, 302.911, 1900],
      [3, 1757.589, 1900],
      [2, 538.277, 1080.75],
      [1.6, 2017.964, 1080.75],
    ],
  },
  {
    name: 'two-theta −18° about the slow direction',
    override: { twoThetaDeg: -18, twoThetaAxis: 'slow' },
    resolution: [
      [1.1459684, 50.6012597],
      [2.6486392, 21.3113354],
      [2.0758038, 27.2932173],
      [1.812106, 31.3601498],
    ],
    beam: [1680.08939, 1080.75],
    crossings: [
      [3, 1002.631, 1080.75],
      [2, 990.506, 300],
      [2, 1030.179, 1900],
      [1.6, 647.019, 1900],
    ],
  },
  {
    name: 'tilted by 12° and −7°',
    override: { tiltFastDeg: 12, tiltSlowDeg: -7 },
    resolution: [
      [1.3890214, 41.2911794],
      [2.2159796, 25.5365301],
      [1.7829644, 31.8862464],
      [2.0168383, 28.107327],
    ],
    beam: [1030.25, 1080.75],
    crossings: [
      [3, 371.752, 1080.75],
      [3, 1744.842, 1080.75],
      [2, 435.665, 300],
      [2, 1994.941, 1900],
      [1.6, 35.537, 300],
    ],
  },
  {
    name: 'two-theta and tilt together',
    override: { twoThetaDeg: 20, twoThetaAxis: 'slow', tiltFastDeg: -5, tiltSlowDeg: 3 },
    resolution: [
      [2.2787157, 24.8221011],
      [1.4994112, 38.1284985],
      [1.0710187, 54.4228034],
      [1.7939397, 31.6860215],
    ],
    beam: [287.08053, 1077.34717],
    crossings: [
      [3, 987.943, 1080.75],
      [2, 1026.904, 300],
      [2, 936.282, 1900],
      [1.6, 1384.639, 300],
    ],
  },
];

/** Distance of a point from a polyline, pixels. */
function distanceTo(paths: { fast: number; slow: number }[][], fast: number, slow: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const path of paths)
    for (let i = 1; i < path.length; i++) {
      const [a, b] = [path[i - 1]!, path[i]!];
      const [u, v] = [b.fast - a.fast, b.slow - a.slow];
      const along = ((fast - a.fast) * u + (slow - a.slow) * v) / (u * u + v * v || 1);
      const at = Math.max(0, Math.min(1, along));
      nearest = Math.min(nearest, Math.hypot(fast - a.fast - at * u, slow - a.slow - at * v));
    }
  return nearest;
}

describe.each(REFERENCES)('$name, against DIALS', ({ override, resolution, beam, crossings }) => {
  const plane = detectorPlane(geometry, override)!;
  test.each(POINTS.map((point, i) => [point, resolution[i]!] as const))(
    'resolution and 2θ at %j',
    ([fast, slow], [d, angle]) => {
      expect(resolutionAt(plane, fast, slow)).toBeCloseTo(d, 5);
      expect((twoThetaAt(plane, fast, slow) * 180) / Math.PI).toBeCloseTo(angle, 5);
    },
  );
  test('the direct beam', () => {
    const met = directBeam(plane)!;
    expect(met.fast).toBeCloseTo(beam[0], 3);
    expect(met.slow).toBeCloseTo(beam[1], 3);
  });
  test.each(crossings)('the ring of %d Å passes %d, %d within a tenth of a pixel', (d, fast, slow) => {
    expect(distanceTo(ringPaths(plane, d, 5000), fast, slow)).toBeLessThan(0.1);
  });
});

test('a shifted beam centre shifts the rings by as much', () => {
  const shifted = detectorPlane(geometry, { beamXPx: 1040.25, beamYPx: 1070.75 })!;
  expect(distanceTo(ringPaths(shifted, 3, 5000), 349.738 + 10, 1080.75 - 10)).toBeLessThan(0.1);
  expect(distanceTo(ringPaths(shifted, 3, 5000), 349.738, 1080.75)).toBeGreaterThan(5);
});

test('a resolution a crystallographer can check by hand: r = distance, so 2θ = 45° and d = λ / (2 sin 22.5°)', () => {
  const plane = detectorPlane({ ...geometry, wavelengthA: 1 })!;
  expect(resolutionAt(plane, 1030.25 + 2000, 1080.75)).toBeCloseTo(1.30656, 5);
});

test('a swing beyond the beam leaves open branches, not a line across the image', () => {
  const plane = detectorPlane(geometry, { twoThetaDeg: 60 })!;
  const paths = ringPaths(plane, 0.7, 5000);
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths)
    for (const { fast, slow } of path) expect(resolutionAt(plane, fast, slow)).toBeCloseTo(0.7, 6);
});

test('a file that tells the energy tells the wavelength', () => {
  // Cu Kα1: 8047.78 eV, 1.54059 Å
  const plane = detectorPlane({ ...geometry, wavelengthA: null, energyEv: 8047.78 })!;
  expect(plane.wavelengthA).toBeCloseTo(1.5406, 4);
});

test('says nothing rather than something wrong when the geometry is incomplete', () => {
  expect(detectorPlane({ ...geometry, beamCenterXPx: null })).toBeNull();
  const without = detectorPlane({ ...geometry, wavelengthA: undefined })!;
  expect(resolutionAt(without, 1, 1)).toBeNull();
  expect(ringPaths(without, 2, 5000)).toEqual([]);
  expect(detectorPlane({ ...geometry, beamCenterXPx: null }, { beamXPx: 5 })).not.toBeNull();
  expect(omegaAt({ ...geometry, omegaIncrementDeg: null }, 3)).toBeNull();
  expect(omegaAt(geometry, 3)).toBe(11.5);
});

test('rings chosen for a detector lie on it, apart from each other', () => {
  const plane = detectorPlane(geometry)!;
  const rings = automaticRings(plane, [2167, 2070]);
  expect(rings.length).toBeGreaterThanOrEqual(4);
  for (const d of rings) expect(d).toBeGreaterThan(1.54);
  expect(automaticRings({ ...plane, wavelengthA: null }, [2167, 2070])).toEqual([]);
});

test('typed rings: any separator, sorted, each once; what is no resolution is said', () => {
  expect(typedRings('2.5, 3.1  2.5;4')).toEqual({ rings: [4, 3.1, 2.5] });
  expect(typedRings(' ')).toEqual({ rings: [] });
  expect(typedRings('2,5 -1')).toHaveProperty('fault');
});
