import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { masterInputFromStream } from '#hub/hdf5/master-from-stream.ts';
import { hasDials, python } from '#hub/hdf5/testing/engines.ts';
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

interface IndexingReport {
  cell: number[];
  strong: number;
  indexed: number;
  images: number;
  /** Root mean square distance of observed and predicted spot centres, pixels. */
  rmsdPx: number;
}

/** dials.import, find_spots and index with the known space group, without being told the cell. */
function indexWithDials(dir: string, master: string, spaceGroup: string): IndexingReport {
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { cwd: dir, stdio: 'pipe', env: { ...process.env, OMP_NUM_THREADS: '1' } });
  run('dials.import', master);
  run('dials.find_spots', 'imported.expt', 'nproc=1');
  run('dials.index', 'imported.expt', 'strong.refl', `space_group=${spaceGroup.replaceAll(' ', '')}`);
  const code = `
import sys, json
from dials.array_family import flex
from dxtbx.model.experiment_list import ExperimentListFactory
experiments = ExperimentListFactory.from_json_file(sys.argv[1] + '/indexed.expt', check_format=False)
reflections = flex.reflection_table.from_file(sys.argv[1] + '/indexed.refl')
good = reflections.select(reflections.get_flags(reflections.flags.indexed))
dx = good['xyzobs.px.value'].parts()[0] - good['xyzcal.px'].parts()[0]
dy = good['xyzobs.px.value'].parts()[1] - good['xyzcal.px'].parts()[1]
print(json.dumps(dict(
  cell=list(experiments[0].crystal.get_unit_cell().parameters()),
  strong=len(reflections), indexed=len(good),
  images=len(experiments[0].imageset),
  rmsdPx=float((flex.mean(dx * dx) + flex.mean(dy * dy)) ** 0.5))))`;
  return JSON.parse(python(code, [dir])) as IndexingReport;
}

describe.skipIf(!hasDials)('simulated rotation data in DIALS', () => {
  const [lysozyme, thaumatin, insulin] = CRYSTAL_FORMS;
  const cases = [
    { crystal: lysozyme!, detector: 'eiger2-1m', more: [] },
    { crystal: thaumatin!, detector: 'eiger2-500k', more: ['--dtype', 'u32', '--osc', '0.3'] },
    { crystal: insulin!, detector: 'eiger2-500k', more: ['--omega-start', '40'] },
    { crystal: lysozyme!, detector: 'jungfrau-4m', more: ['--seed', '2'] },
  ];
  test.each(cases)('$crystal.name on $detector indexes with its cell', ({ crystal, detector, more }) => {
    const dir = mkdtempSync(join(folder, 'run-'));
    const master = writeSimulatedSeries(dir, ['--crystal', crystal.name, '--detector', detector, ...more]);
    const report = indexWithDials(dir, master, crystal.spaceGroup);
    expect(report.images).toBe(FRAMES);
    expect(report.strong).toBeGreaterThan(200);
    expect(report.indexed / report.strong).toBeGreaterThan(0.8);
    expect(report.rmsdPx).toBeLessThan(0.5);
    report.cell.forEach((value, i) => {
      const truth = [...crystal.cellA, ...crystal.cellAnglesDeg][i]!;
      expect(Math.abs(value / truth - 1)).toBeLessThan(0.005);
    });
  });
});
