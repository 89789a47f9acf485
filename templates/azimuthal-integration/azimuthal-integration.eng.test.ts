import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobDataset } from '#src/shared/contracts/job-run.ts';
import { hasSandbox, pythonHas, TemplateRuns } from '#src/testing/dials-runs.ts';
import { AZIMUTHAL_INTEGRATION } from './template.ts';

const GEOMETRY = {
  ...{ imageSizeXPx: 300, imageSizeYPx: 260, pixelSizeXM: 172e-6, pixelSizeYM: 172e-6 },
  ...{ beamCenterXPx: 20.5, beamCenterYPx: 140.25, detectorDistanceM: 0.1, wavelengthA: 1 },
};
const DATASET: JobDataset = {
  ...{
    id: 'dataset',
    base: 'raw/rings',
    masterPath: 'raw/rings_master.h5',
    channels: [],
    geometry: GEOMETRY,
  },
  ...{ framesExpected: 3, framesStored: 3, isReceiving: false, grid: null, frames: [], masks: [] },
};
/** 1/Å; the second is half as strong. */
const RINGS = [1.2, 2.1];

/** Rings drawn by Bragg's law on a flat detector, a masked block of hot pixels, and pixels without a value. */
const DRAW = `
import json, sys
import h5py, numpy
path, geometry, rings = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
rows, columns = geometry["imageSizeYPx"], geometry["imageSizeXPx"]
y, x = numpy.mgrid[0:rows, 0:columns] + 0.5
radius = numpy.hypot(
    (x - geometry["beamCenterXPx"]) * geometry["pixelSizeXM"], (y - geometry["beamCenterYPx"]) * geometry["pixelSizeYM"]
)
theta = numpy.arctan(radius / geometry["detectorDistanceM"]) / 2
q = 4 * numpy.pi * numpy.sin(theta) / geometry["wavelengthA"]
frame = 20 + sum(1000 / number * numpy.exp(-(((q - ring) / 0.01) ** 2)) for number, ring in enumerate(rings, 1))
frames = numpy.array([frame * factor for factor in (1, 2, 3)]).astype("u2")
mask = numpy.zeros((rows, columns), "u4")
frames[:, 200:220, 100:140] = 60000
mask[200:220, 100:140] = 2
frames[:, 50:60, :] = 65535
with h5py.File(path, "w") as file:
    file["entry/data/data"] = frames
    file["entry/instrument/detector/pixel_mask"] = mask
`;

describe.skipIf(!pythonHas('pyFAI', 'h5py', 'bitshuffle') || !hasSandbox)(
  'azimuthal integration (needs pyFAI and a sandbox)',
  () => {
    let runs: TemplateRuns;
    beforeAll(async () => {
      runs = await TemplateRuns.create();
      const path = join(runs.treeDir, 'raw/rings_master.h5');
      execFileSync('/usr/bin/python3', [
        ...['-c', DRAW, path, JSON.stringify(GEOMETRY), JSON.stringify(RINGS)],
      ]);
    });
    afterAll(() => runs?.close());

    it('finds rings where they were drawn, whatever masked pixels hold', async () => {
      const done = await runs.run(
        AZIMUTHAL_INTEGRATION,
        { dataset: 'raw/rings_master.h5', polarisation: 0 },
        DATASET,
      );
      expect(done.observation, done.log).toMatchObject({ exitCode: 0 });
      expect(done.metrics).toMatchObject({ framesIntegrated: 3, framesUnreadable: 0 });
      expect(Math.abs(Number(done.metrics.strongestAt) - RINGS[0]!)).toBeLessThan(0.005);
      const curve = (await done.read('profile.xy'))
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.split(' ').map(Number) as [number, number]);
      expect(curve).toHaveLength(1000);
      const beyond = curve.filter(([q]) => q > 1.7);
      const second = beyond.reduce((best, point) => (point[1] > best[1] ? point : best));
      expect(Math.abs(second[0] - RINGS[1]!)).toBeLessThan(0.005);
      // The mean of frames drawn once, twice and three times as strong.
      const peak = Math.max(...curve.map(([, intensity]) => intensity));
      expect(peak).toBeGreaterThan(1500);
      expect(peak).toBeLessThan(2600);
      const frames = done.plots.find(({ id }) => id === 'frames')?.data[0]?.z as number[][];
      const sums = frames.map((row) => row.reduce((sum, value) => sum + (value ?? 0), 0));
      expect(sums[2]! / sums[0]!).toBeCloseTo(3, 1);
      expect(done.outputs).toEqual(
        expect.arrayContaining((AZIMUTHAL_INTEGRATION.outputs ?? []).map(({ path }) => path)),
      );
    });

    it('says what the dataset does not say', async () => {
      const done = await runs.run(
        AZIMUTHAL_INTEGRATION,
        { dataset: 'raw/rings_master.h5' },
        { ...DATASET, geometry: { ...GEOMETRY, wavelengthA: null } },
      );
      expect(done.observation).toMatchObject({ exitCode: 1 });
      expect(done.log).toContain('The dataset does not say the wavelength.');
    });
  },
);
