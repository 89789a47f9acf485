import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { byteLength, type Dtype, dtypeArrayFromBytes } from '#src/shared/model/dtype.ts';
import { FrameAnalyser, type FrameAnalysis } from './analyse-frame.ts';
import { mapDetector } from './detector-map.ts';

const TESTDATA = process.env.BEAMDECK_TESTDATA ?? resolve(import.meta.dirname, '../../../shared/testdata');
const MASTER = join(TESTDATA, 'mx_nxmx/lyso_master.h5');
const PYTHON = '/usr/bin/python3';

function hasDials(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import dials.array_family, h5py'], { stdio: 'ignore' });
    execFileSync('dials.version', { stdio: 'ignore' });
    return existsSync(MASTER);
  } catch {
    // Not installed: the comparison is skipped by name.
    return false;
  }
}

interface Told {
  frames: number;
  shape: [number, number];
  dtype: Dtype;
  geometry: Geometry;
  spots: [x: number, y: number, z: number][];
  boxes: [x0: number, x1: number, y0: number, y1: number, z0: number, z1: number][];
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe.skipIf(!hasDials())('fast feedback against dials.find_spots (needs DIALS and the test data)', () => {
  let folder: string;
  let told: Told;
  let ours: FrameAnalysis[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-dials-'));
    const script = join(import.meta.dirname, 'dials-spots.py');
    const output = execFileSync(PYTHON, [script, MASTER, folder], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    told = JSON.parse(output);
    const [rows, columns] = told.shape;
    const mask = new Uint8Array(await readFile(join(folder, 'mask.raw')));
    const pixels = await readFile(join(folder, 'pixels.raw'));
    const map = mapDetector(told.shape, told.geometry, mask, 1000);
    const analyser = new FrameAnalyser(
      map,
      { strongSigma: 3, dispersionSigma: 6, minSpotPixels: 2 },
      told.geometry.saturationValue ?? null,
    );
    const frameBytes = rows * columns * byteLength(told.dtype);
    ours = Array.from({ length: told.frames }, (_, frame) => {
      const raw = dtypeArrayFromBytes(
        told.dtype,
        pixels.subarray(frame * frameBytes, (frame + 1) * frameBytes),
      );
      return analyser.analyse(frame, raw, told.dtype);
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('finds the spots DIALS finds, where DIALS finds them', () => {
    // A spot of DIALS spans frames; its centre lies on one of them.
    const found = told.spots.filter(([x, y, z]) =>
      ours[Math.min(told.frames - 1, Math.floor(z))]!.spots.some(
        (spot) => Math.hypot(spot.x - x, spot.y - y) < 3,
      ),
    );
    expect(found.length / told.spots.length).toBeGreaterThan(0.9);
  });

  it('finds little that DIALS does not', () => {
    let extra = 0;
    let all = 0;
    for (const [frame, { spots }] of ours.entries()) {
      for (const spot of spots) {
        all++;
        const known = told.boxes.some(
          ([x0, x1, y0, y1, z0, z1]) =>
            frame >= z0 &&
            frame < z1 &&
            spot.x > x0 - 2 &&
            spot.x < x1 + 2 &&
            spot.y > y0 - 2 &&
            spot.y < y1 + 2,
        );
        if (!known) extra++;
      }
    }
    expect(extra / all).toBeLessThan(0.1);
  });

  it('counts per frame go together', () => {
    const theirs = ours.map(
      (_, frame) => told.boxes.filter(([, , , , z0, z1]) => frame >= z0 && frame < z1).length,
    );
    expect(
      correlation(
        ours.map(({ result }) => result.spots),
        theirs,
      ),
    ).toBeGreaterThan(0.9);
  });
});
