import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSpotsFile } from '#src/shared/codecs/spots-file.ts';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { byteLength, type Dtype, dtypeArrayFromBytes } from '#src/shared/model/dtype.ts';
import { pythonHas } from '#src/testing/dials-runs.ts';
import { rankCorrelation, writeSimulatedSeries } from '#src/testing/dials-series.ts';
import { FrameAnalyser, type FrameAnalysis } from './analyse-frame.ts';
import { mapDetector } from './detector-map.ts';
import { SpotsKept } from './spots-report.ts';

const TESTDATA = process.env.BEAMDECK_TESTDATA ?? resolve(import.meta.dirname, '../../../shared/testdata');
const MASTER = join(TESTDATA, 'mx_nxmx/lyso_master.h5');
const hasDials = pythonHas('dials.array_family', 'h5py', 'bitshuffle');
/** Against hanging alone: half a minute on a machine that does nothing else. */
const LONGEST_MS = 1_800_000;
/** A frame with so many spots is a hit. */
const HIT_SPOTS = 10;
/** From fewer spots of a frame no program tells its resolution. */
const SPOTS_FOR_RESOLUTION = 30;

/** Of every kind: strong, weak, fading to nothing, fading before the detector ends, and without a crystal. */
const SIMULATED: Record<string, string[]> = {
  'lysozyme, strong': ['--crystal', 'lysozyme', '--frames', '16', '--seed', '3'],
  'thaumatin, weak and finely sliced': [
    ...['--crystal', 'thaumatin', '--frames', '16', '--seed', '5', '--osc', '0.3', '--intensity', '300'],
  ],
  'insulin, fading': ['--crystal', 'insulin', '--frames', '24', '--seed', '7', '--decay', '0.2'],
  'insulin, far out': [
    ...['--crystal', 'insulin', '--frames', '12', '--seed', '13', '--distance', '60', '--intensity', '200'],
  ],
  'no crystal': ['--crystal', 'lysozyme', '--frames', '10', '--seed', '9', '--intensity', '0'],
};

interface Told {
  frames: number;
  shape: [number, number];
  dtype: Dtype;
  geometry: Geometry;
  spots: [x: number, y: number, z: number, intensity: number][];
  boxes: [x0: number, x1: number, y0: number, y1: number, z0: number, z1: number][];
  resolutions: [frame: number, spots: number, resolutionA: number][];
}

interface Compared {
  told: Told;
  ours: FrameAnalysis[];
  /** Spots of each frame: those of ours that are no ice, those of DIALS that span it. */
  counts: { ours: number[]; theirs: number[] };
}

/** What DIALS and what fast feedback finds on a series. */
async function compare(master: string, folder: string): Promise<Compared> {
  await mkdir(folder, { recursive: true });
  const script = join(import.meta.dirname, 'dials-spots.py');
  const output = execFileSync('/usr/bin/python3', [script, master, folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const told: Told = JSON.parse(output);
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
  const ours = Array.from({ length: told.frames }, (_, frame) => {
    const bytes = pixels.subarray(frame * frameBytes, (frame + 1) * frameBytes);
    return analyser.analyse(frame, dtypeArrayFromBytes(told.dtype, bytes), told.dtype);
  });
  return {
    ...{ told, ours },
    counts: {
      ours: ours.map(({ result }) => result.spots),
      theirs: ours.map(
        (_, frame) => told.boxes.filter(([, , , , z0, z1]) => frame >= z0 && frame < z1).length,
      ),
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

describe.skipIf(!hasDials)('fast feedback against dials.find_spots (needs DIALS)', () => {
  let folder: string;
  const all = new Map<string, Compared>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-dials-'));
    for (const [index, [name, args]] of Object.entries(SIMULATED).entries()) {
      const dir = join(folder, `${index}`);
      const { masterPath } = writeSimulatedSeries(dir, 'sim', ['--detector', 'eiger2-500k', ...args]);
      all.set(name, await compare(masterPath, dir));
    }
    if (existsSync(MASTER)) all.set('test data', await compare(MASTER, join(folder, 'testdata')));
  }, LONGEST_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const crystals = Object.keys(SIMULATED).filter((name) => name !== 'no crystal');
  const named = existsSync(MASTER) ? [...crystals, 'test data'] : crystals;

  it.each(named)('%s: finds the spots DIALS finds, where DIALS finds them', (name) => {
    const { told, ours } = all.get(name)!;
    // A spot of DIALS spans frames; its centre lies on one of them.
    const found = told.spots.filter(([x, y, z]) =>
      ours[Math.min(told.frames - 1, Math.floor(z))]!.spots.some(
        (spot) => Math.hypot(spot.x - x, spot.y - y) < 3,
      ),
    );
    expect(found.length / told.spots.length).toBeGreaterThan(0.9);
  });

  it.each(named)('%s: leaves strong spots for the viewer within a pixel of where DIALS has them', (name) => {
    const { told, ours } = all.get(name)!;
    const kept = new SpotsKept();
    for (const analysis of ours) kept.add(analysis);
    const left = readSpotsFile(kept.file());
    const least = median(told.spots.map(([, , , intensity]) => intensity));
    const strong = told.spots.filter(([, , , intensity]) => intensity >= least);
    const near = strong.filter(([x, y, z]) =>
      left
        .get(Math.min(told.frames - 1, Math.floor(z)) + 1)!
        .some(({ fast, slow }) => Math.hypot(fast - x, slow - y) <= 1),
    );
    expect(strong.length).toBeGreaterThan(100);
    expect(near.length / strong.length).toBeGreaterThanOrEqual(0.95);
  });

  it.each(named)('%s: finds little that DIALS does not', (name) => {
    const { told, ours } = all.get(name)!;
    let extra = 0;
    let count = 0;
    for (const [frame, { spots }] of ours.entries()) {
      for (const spot of spots) {
        count++;
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
    expect(extra / count).toBeLessThan(0.1);
  });

  it.each(named)('%s: resolution of frames within 0.2 Å', (name) => {
    const { told, ours } = all.get(name)!;
    const pairs = told.resolutions.flatMap(([frame, spots, theirs]) => {
      const own = ours[frame]!.result.resolutionA;
      return spots >= SPOTS_FOR_RESOLUTION && own !== null ? [{ own, theirs }] : [];
    });
    expect(pairs.length).toBeGreaterThan(5);
    const [own, theirs] = [median(pairs.map((pair) => pair.own)), median(pairs.map((pair) => pair.theirs))];
    expect(Math.abs(own - theirs)).toBeLessThan(0.2);
  });

  it('counts of spots go together over all frames', () => {
    const counts = [...all.values()].map((each) => each.counts);
    const ours = counts.flatMap((each) => each.ours);
    expect(
      rankCorrelation(
        ours,
        counts.flatMap((each) => each.theirs),
      ),
    ).toBeGreaterThanOrEqual(0.95);
    const fading = all.get('insulin, fading')!.counts;
    expect(rankCorrelation(fading.ours, fading.theirs)).toBeGreaterThanOrEqual(0.95);
  });

  it('calls the same frames hits and blanks', () => {
    const frames = [...all.values()].flatMap(({ counts }) =>
      counts.ours.map((count, frame) => [count >= HIT_SPOTS, counts.theirs[frame]! >= HIT_SPOTS] as const),
    );
    // Some of either kind, or agreement means nothing.
    expect(frames.filter(([hit]) => hit).length).toBeGreaterThan(20);
    expect(frames.filter(([hit]) => !hit).length).toBeGreaterThanOrEqual(10);
    expect(frames.filter(([own, theirs]) => own === theirs).length / frames.length).toBeGreaterThanOrEqual(
      0.98,
    );
  });
});
