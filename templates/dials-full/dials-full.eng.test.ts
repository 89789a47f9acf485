import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Miller } from '#hub/simulator/crystal-forms.ts';
import {
  type FinishedRun,
  hasDials,
  hasSandbox,
  DIALS_LONGEST_MS as LONGEST_MS,
  TemplateRuns,
} from '#src/testing/dials-runs.ts';
import {
  correlation,
  type DialsSeries,
  LYSOZYME,
  trueIntensity,
  writeSimulatedSeries,
} from '#src/testing/dials-series.ts';
import { indexedToPredicted, shareWithin } from '#src/testing/spot-pairs.ts';
import { DIALS_MERGE } from '../dials-merge/template.ts';
import { DIALS_FULL } from './template.ts';

/** h, k, l and mean intensity of each reflection. */
function readMerged(path: string): { index: Miller; intensity: number }[] {
  const script = `
import json, sys
from iotbx import mtz
arrays = mtz.object(sys.argv[1]).as_miller_arrays()
mean = next(each for each in arrays if each.info().labels[0] == "IMEAN")
print(json.dumps([[*index, value] for index, value in zip(mean.indices(), mean.data())]))`;
  const text = execFileSync('/usr/bin/python3', ['-c', script, path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const rows = JSON.parse(text) as [number, number, number, number][];
  return rows.map(([h, k, l, intensity]) => ({ index: [h, k, l], intensity }));
}

describe.skipIf(!hasDials || !hasSandbox)('DIALS on simulated series (needs DIALS and a sandbox)', () => {
  let runs: TemplateRuns;
  let series: DialsSeries;
  /** Of another crystal of the same form, which lies otherwise. */
  let other: DialsSeries;
  let full: FinishedRun;

  beforeAll(async () => {
    runs = await TemplateRuns.create();
    const raw = join(runs.treeDir, 'raw');
    series = writeSimulatedSeries(raw, 'lyso', [
      ...LYSOZYME,
      '--frames',
      '60',
      '--osc',
      '1.5',
      '--seed',
      '1',
    ]);
    other = writeSimulatedSeries(raw, 'other', [
      ...LYSOZYME,
      '--frames',
      '20',
      '--osc',
      '1.5',
      '--seed',
      '6',
    ]);
    writeSimulatedSeries(raw, 'empty', [...LYSOZYME, '--frames', '8', '--intensity', '0']);
  }, LONGEST_MS);
  afterAll(() => runs?.close());

  describe('full', () => {
    beforeAll(async () => {
      full = await runs.run(DIALS_FULL, { dataset: 'raw/lyso_master.h5' });
    }, LONGEST_MS);

    it('brings back the crystal it was made from, told nothing of it', async () => {
      expect(full.observation, full.log.slice(-3000)).toMatchObject({ state: 'exited', exitCode: 0 });
      const results = JSON.parse(await full.read('results.json'));
      series.plan.crystal.cellA.forEach((length, axis) => {
        expect(Math.abs(results.cell[axis] - length)).toBeLessThan(0.05);
      });
      expect(results.cell.slice(3)).toEqual([90, 90, 90]);
      // Few reflections along the screw axis are measured; where they tell nothing the group has none there.
      expect(results.spaceGroup).toMatch(/^P 4[13]? 21 2$/);
    });

    it('measures what there is to measure, well', () => {
      expect(full.metrics.completeness).toBeGreaterThan(90);
      expect(full.metrics.ccHalf).toBeGreaterThan(0.9);
      expect(full.metrics.multiplicity).toBeGreaterThan(2);
      expect(full.metrics.indexedPercent).toBeGreaterThan(80);
    });

    it('brings back the intensities it was made from', async () => {
      const merged = readMerged(await full.fetch('merged.mtz'));
      expect(merged.length).toBeGreaterThan(1000);
      const pairs = merged.map(
        ({ index, intensity }) => [intensity, trueIntensity(series.plan.crystal, index)] as const,
      );
      expect(correlation(pairs)).toBeGreaterThanOrEqual(0.95);
    });

    it('tells what Table 1 of a paper asks for', async () => {
      const { rMeas, rPim, rMerge, observations, uniqueReflections, multiplicity, wilsonB } = full.metrics;
      expect(Number(rPim)).toBeLessThan(Number(rMeas));
      expect(Number(rMerge)).toBeLessThan(Number(rMeas));
      expect(Number(observations) / Number(uniqueReflections)).toBeCloseTo(Number(multiplicity), 3);
      // What dials.merge says while it merges: by the same method, of reflections that it merged in its own way; B of so few hangs on which they are.
      const said = /Wilson B factor\s+(-?[\d.]+)/.exec(full.log)?.[1];
      expect(Math.abs(Number(wilsonB) - Number(said))).toBeLessThan(
        Math.max(3, 0.15 * Math.abs(Number(said))),
      );
    });

    it('marks reflections in the setting of the result, predicted where they were found', async () => {
      const apart = indexedToPredicted(await readFile(await full.fetch('dials.spots')));
      expect(apart.length).toBeGreaterThan(5000);
      expect(shareWithin(apart, 1)).toBeGreaterThan(0.99);
    });

    it('leaves what it promises, and shows plots and a page', async () => {
      expect(full.outputs).toEqual(
        expect.arrayContaining((DIALS_FULL.outputs ?? []).map(({ path }) => path)),
      );
      expect(full.outputs).toContain('logs/dials.integrate.log');
      expect(full.plots.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['spots', 'cc-half', 'completeness', 'r-merge', 'i-over-sigma']),
      );
      expect(full.progress).toMatchObject({ done: full.progress!.total });
      const page = await full.read('report.html');
      expect(page).toContain('<svg');
      expect(page).not.toMatch(/<script|src=|NaN|None/);
    });
  });

  it(
    'several crystals are merged: one that is integrated already, one that is not; one without a crystal is left out',
    async () => {
      expect(other.plan.orientationSeed).not.toBe(series.plan.orientationSeed);
      const folder = join(runs.treeDir, 'processed/lyso/dials-full');
      await mkdir(folder, { recursive: true });
      for (const name of ['integrated.expt', 'integrated.refl']) {
        await copyFile(await full.fetch(name), join(folder, name));
        await chmod(join(folder, name), 0o644);
      }
      const done = await runs.run(DIALS_MERGE, {
        datasets: ['raw/lyso_master.h5', 'raw/other_master.h5', 'raw/empty_master.h5'],
      });
      expect(done.observation, done.log.slice(-3000)).toMatchObject({ exitCode: 0 });
      expect(done.log).toContain('raw/lyso_master.h5: processed/lyso/dials-full/integrated.expt is used.');
      expect(done.log).toContain('raw/empty_master.h5 is left out.');
      expect(done.metrics).toMatchObject({ datasetsGiven: 3, datasetsIntegrated: 2, datasetsMerged: 2 });
      expect(done.metrics.multiplicity).toBeGreaterThan(Number(full.metrics.multiplicity));
      expect(done.metrics.spaceGroup).toBe('P 4 2 2, screw axes not determined');
      const merged = readMerged(await done.fetch('merged.mtz'));
      const pairs = merged.map(
        ({ index, intensity }) => [intensity, trueIntensity(series.plan.crystal, index)] as const,
      );
      expect(correlation(pairs)).toBeGreaterThanOrEqual(0.95);
    },
    LONGEST_MS,
  );
});
