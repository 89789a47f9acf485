import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Miller } from '#hub/simulator/crystal-forms.ts';
import { type FinishedRun, hasSandbox, pythonHas, TemplateRuns } from '#src/testing/dials-runs.ts';
import {
  correlation,
  type DialsSeries,
  trueIntensity,
  writeSimulatedSeries,
} from '#src/testing/dials-series.ts';
import { DIALS_MERGE } from '../dials-merge/template.ts';
import { DIALS_QUICK } from '../dials-quick/template.ts';
import { DIALS_FULL } from './template.ts';

const hasDials = pythonHas('dials.array_family', 'bitshuffle');
/** Against hanging alone: each takes a minute or two on a machine that does nothing else. */
const LONGEST_MS = 3_600_000;

const LYSOZYME = ['--crystal', 'lysozyme', '--detector', 'eiger2-1m', '--distance', '150'];

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
    'quick finds lattice and cell from some of the frames',
    async () => {
      const done = await runs.run(DIALS_QUICK, { dataset: 'raw/lyso_master.h5', maxFrames: 20 });
      expect(done.observation, done.log.slice(-3000)).toMatchObject({ exitCode: 0 });
      expect(done.metrics).toMatchObject({ framesAnalysed: 20, lattice: 'tP' });
      expect(done.metrics.indexedPercent).toBeGreaterThan(70);
      const cell = String(done.metrics.cell).split(' ').map(Number);
      series.plan.crystal.cellA.forEach((length, axis) => {
        expect(Math.abs(cell[axis]! / length - 1)).toBeLessThan(0.01);
      });
      expect(done.plots.find(({ id }) => id === 'spots')?.data[0]?.x).toHaveLength(20);
    },
    LONGEST_MS,
  );

  it(
    'quick says that nothing indexes, and what to try, where no crystal is in the beam',
    async () => {
      const done = await runs.run(DIALS_QUICK, { dataset: 'raw/empty_master.h5' });
      expect(done.observation).toMatchObject({ ending: 'exited', exitCode: 1 });
      expect(done.log).toMatch(/The step “(Find spots|Index)” failed\. .*spots/);
      expect(done.log).toContain('What to try:');
      expect(done.progress?.text).toMatch(/failed$/);
    },
    LONGEST_MS,
  );
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
