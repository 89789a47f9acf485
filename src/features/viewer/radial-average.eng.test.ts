import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { pythonHas } from '#src/testing/dials-runs.ts';
import { detectorPlane, type GeometryOverride } from './detector-plane.ts';
import { radialAverage } from './radial-average.ts';

const ROWS = 240;
const COLUMNS = 310;
const BINS = 150;
const SATURATION = 60_000;
const GEOMETRY = {
  ...{ imageSizeXPx: COLUMNS, imageSizeYPx: ROWS, pixelSizeXM: 172e-6, pixelSizeYM: 150e-6 },
  ...{ beamCenterXPx: 131.3, beamCenterYPx: 84.8, detectorDistanceM: 0.09, wavelengthA: 1.03 },
};

interface Poni {
  /** Metres; a detector's point of normal incidence and its distance. */
  dist: number;
  poni1: number;
  poni2: number;
  /** Radians; pyFAI turns the detector about the sample, left-handed about its first axis (slow) and its second (fast). */
  rot1: number;
  rot2: number;
}

const degrees = (value: number) => (value * Math.PI) / 180;
const beam = { poni1: 84.8 * 150e-6, poni2: 131.3 * 172e-6 };
const tilt = degrees(12);

/** The same detectors in the words of both programs. A detector tilted about its beam centre is nearer to the sample somewhere else. */
const CASES: { name: string; override: GeometryOverride; poni: Poni }[] = [
  { name: 'flat', override: {}, poni: { ...beam, dist: 0.09, rot1: 0, rot2: 0 } },
  {
    name: 'two-theta about the slow direction',
    override: { twoThetaDeg: 21, twoThetaAxis: 'slow' },
    poni: { ...beam, dist: 0.09, rot1: degrees(21), rot2: 0 },
  },
  {
    name: 'two-theta about the fast direction',
    override: { twoThetaDeg: 17, twoThetaAxis: 'fast' },
    poni: { ...beam, dist: 0.09, rot1: 0, rot2: degrees(17) },
  },
  {
    name: 'tilted about the slow direction',
    override: { tiltSlowDeg: 12 },
    poni: {
      ...{ poni1: beam.poni1, poni2: beam.poni2 + 0.09 * Math.sin(tilt), dist: 0.09 * Math.cos(tilt) },
      ...{ rot1: tilt, rot2: 0 },
    },
  },
];

/** pyFAI without splitting of pixels and without corrections, in the same bins. */
const JUDGE = `
import json, sys
import numpy
from pyFAI.azimuthalIntegrator import AzimuthalIntegrator
from pyFAI.detectors import Detector
asked = json.load(sys.stdin)
shape = (asked["rows"], asked["columns"])
pixels = numpy.array(asked["pixels"], dtype="float64").reshape(shape)
mask = numpy.array(asked["mask"], dtype="int8").reshape(shape)
answers = []
for poni in asked["ponis"]:
    detector = Detector(pixel1=asked["pixel1"], pixel2=asked["pixel2"], max_shape=shape)
    integrator = AzimuthalIntegrator(detector=detector, wavelength=asked["wavelengthA"] * 1e-10, **poni)
    q = integrator.array_from_unit(shape, "center", "q_A^-1", scale=True)
    corners = integrator.array_from_unit(shape, "corner", "q_A^-1", scale=True)[..., 0]
    most = float(max(corners[0, 0].max(), corners[0, -1].max(), corners[-1, 0].max(), corners[-1, -1].max()))
    # Beyond the last bin nothing lies, so that its upper edge, which pyFAI leaves out, costs nothing.
    result = integrator.integrate1d_ng(
        pixels, asked["bins"], mask=mask, radial_range=(0, most), unit="q_A^-1",
        correctSolidAngle=False, method=("no", "histogram", "python"),
    )
    answers.append({"most": most, "q": result.radial.tolist(), "mean": numpy.nan_to_num(result.intensity).tolist(), "pixels": result.count.tolist()})
json.dump(answers, sys.stdout)
`;

interface Judged {
  most: number;
  q: number[];
  mean: number[];
  pixels: number[];
}

/** Any numbers will do; these differ from pixel to pixel and repeat from run to run. */
function testFrame() {
  const pixels = new Uint16Array(ROWS * COLUMNS);
  const mask = new Uint8Array(pixels.length);
  let state = 4711;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[i] = state >>> 20;
    if (i % 97 === 0) mask[i] = 1;
    if (i % 89 === 0) pixels[i] = 65_535;
    if (i % 83 === 0) pixels[i] = SATURATION;
  }
  return { pixels, mask, invalid: 65_535, saturation: SATURATION, shape: [ROWS, COLUMNS] as const };
}

describe.skipIf(!pythonHas('pyFAI'))('radial average, against pyFAI', () => {
  const frame = testFrame();
  const leftOut = frame.pixels.map((value, i) => (frame.mask[i] || value >= SATURATION ? 1 : 0));
  const judged = (): Judged[] =>
    JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', JUDGE], {
        input: JSON.stringify({
          ...{ rows: ROWS, columns: COLUMNS, bins: BINS, wavelengthA: GEOMETRY.wavelengthA },
          ...{ pixel1: GEOMETRY.pixelSizeYM, pixel2: GEOMETRY.pixelSizeXM },
          ...{ pixels: [...frame.pixels], mask: [...leftOut], ponis: CASES.map(({ poni }) => poni) },
        }),
        maxBuffer: 1 << 26,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
      }),
    );

  test('the same bins, the same pixels in them, the same means', { timeout: 120_000 }, () => {
    const answers = judged();
    for (const [index, { name, override }] of CASES.entries()) {
      const theirs = answers[index]!;
      const ours = radialAverage(frame, detectorPlane(GEOMETRY, override)!, BINS)!;
      const width = theirs.most / BINS;
      let differing = 0;
      for (let bin = 0; bin < BINS; bin++) {
        expect(Math.abs(ours.q[bin]! - theirs.q[bin]!), `${name}, q of bin ${bin}`).toBeLessThan(
          1e-4 * width,
        );
        // A pixel whose centre lies on the edge of a bin falls to either side by rounding.
        if (ours.pixels[bin] !== theirs.pixels[bin]) {
          differing++;
          expect(Math.abs(ours.pixels[bin]! - theirs.pixels[bin]!), `${name}, pixels of bin ${bin}`).toBe(1);
        } else if (ours.pixels[bin]! > 0) {
          expect(ours.mean[bin]! / theirs.mean[bin]!, `${name}, mean of bin ${bin}`).toBeCloseTo(1, 5);
        }
      }
      expect(differing, name).toBeLessThanOrEqual(4);
      expect(
        ours.pixels.reduce((sum, count) => sum + count, 0),
        name,
      ).toBe(leftOut.filter((out) => !out).length);
    }
  });
});
