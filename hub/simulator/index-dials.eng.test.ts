import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { masterInputFromStream } from '#hub/hdf5/master-from-stream.ts';
import { hasDials, indexWithDials } from '#hub/hdf5/testing/engines.ts';
import { writeSeries } from '#hub/hdf5/testing/write-series.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImage, StreamStart } from '#src/shared/model/stream.ts';
import { planSeries } from './beamline-programme.ts';
import { CRYSTAL_FORMS } from './crystal-forms.ts';
import { SimulatedDetector, SimulatedSeries } from './simulated-series.ts';
import { parseSimulatorOptions } from './simulator-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'simulator-dials-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Three data files; few frames, because spot finding takes half a second for each. */
const FRAMES = 24;
/** Half a minute on a machine that does nothing else. */
const LONGEST_MS = 900_000;

/** The simulator's messages of one series, written as three data files and a master as the HUB does. */
function writeSimulatedSeries(dir: string, args: readonly string[]): string {
  const options = parseSimulatorOptions(['--frames', String(FRAMES), ...args]);
  const detector = new SimulatedDetector(options);
  const plan = planSeries(options).next().value;
  const series = new SimulatedSeries(detector, plan, {
    seriesId: 1,
    seriesUniqueId: 'test',
    armDate: '2026-11-20T12:00:00.000Z',
  });
  const start = decodeStreamV2(series.start()) as StreamStart;
  const images = Array.from(
    { length: FRAMES },
    (_, frame) => decodeStreamV2(series.image(frame)) as StreamImage,
  );
  const [name, first] = [...images[0]!.channels][0]!;
  const channels = [{ name, dtype: first.dtype, shape: first.shape, filter: first.filter }];
  const { masterPath } = writeSeries(dir, {
    prefix: 'sim',
    frames: images.map((image) => [image.channels.get(name)!.bytes]),
    master: masterInputFromStream(start, {
      channels,
      framesPerFile: 10,
      fileName: '',
      dataFiles: [],
      imagesReceived: 0,
    }),
  });
  return masterPath;
}

describe.skipIf(!hasDials)('simulated rotation data in DIALS', () => {
  // Lysozyme on an EIGER2 1M is what DIALS quick and full are judged by, cell and intensities.
  const [, thaumatin, insulin] = CRYSTAL_FORMS;
  const cases = [
    { crystal: thaumatin!, detector: 'eiger2-500k', more: ['--dtype', 'u32', '--osc', '0.3'] },
    { crystal: insulin!, detector: 'jungfrau-4m', more: ['--omega-start', '40', '--seed', '2'] },
  ];
  test.each(cases)(
    '$crystal.name on $detector indexes with its cell',
    ({ crystal, detector, more }) => {
      const dir = mkdtempSync(join(folder, 'run-'));
      const master = writeSimulatedSeries(dir, ['--crystal', crystal.name, '--detector', detector, ...more]);
      // With the known space group, without being told the cell.
      const report = indexWithDials(master, dir, [`space_group=${crystal.spaceGroup.replaceAll(' ', '')}`]);
      expect(report.images).toBe(FRAMES);
      expect(report.strong).toBeGreaterThan(200);
      expect(report.indexed / report.strong).toBeGreaterThan(0.8);
      expect(report.rmsdPx).toBeLessThan(0.5);
      report.cell.forEach((value, i) => {
        const truth = [...crystal.cellA, ...crystal.cellAnglesDeg][i]!;
        expect(Math.abs(value / truth - 1)).toBeLessThan(0.005);
      });
    },
    LONGEST_MS,
  );
});
