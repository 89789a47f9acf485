import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSpotsIndex } from '#src/shared/codecs/spots-file.ts';
import {
  hasDials,
  hasSandbox,
  DIALS_LONGEST_MS as LONGEST_MS,
  TemplateRuns,
} from '#src/testing/dials-runs.ts';
import { type DialsSeries, LYSOZYME, writeSimulatedSeries } from '#src/testing/dials-series.ts';
import { indexedToPredicted, shareWithin } from '#src/testing/spot-pairs.ts';
import { DIALS_QUICK } from './template.ts';

describe.skipIf(!hasDials || !hasSandbox)('DIALS quick (needs DIALS and a sandbox)', () => {
  let runs: TemplateRuns;
  let series: DialsSeries;

  beforeAll(async () => {
    runs = await TemplateRuns.create();
    const raw = join(runs.treeDir, 'raw');
    const args = [...LYSOZYME, '--osc', '1.5', '--seed', '1'];
    series = writeSimulatedSeries(raw, 'lyso', [...args, '--frames', '40']);
    writeSimulatedSeries(raw, 'empty', [...LYSOZYME, '--frames', '8', '--intensity', '0']);
  }, LONGEST_MS);
  afterAll(() => runs?.close());

  it(
    'finds lattice and cell from some of the frames',
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
      const marks = await readFile(await done.fetch('dials.spots'));
      expect(readSpotsIndex(marks).size).toBe(20);
      const apart = indexedToPredicted(marks);
      expect(apart.length).toBeGreaterThan(1000);
      expect(shareWithin(apart, 1)).toBeGreaterThan(0.99);
    },
    LONGEST_MS,
  );

  it(
    'says that nothing indexes, and what to try, where no crystal is in the beam',
    async () => {
      const done = await runs.run(DIALS_QUICK, { dataset: 'raw/empty_master.h5' });
      expect(done.observation).toMatchObject({ ending: 'exited', exitCode: 1 });
      expect(done.log).toMatch(/The step “(Find spots|Index)” failed\. .*spots/);
      expect(done.log).toContain('What to try:');
      expect(done.progress?.text).toMatch(/failed$/);
    },
    LONGEST_MS,
  );
});
