import { masterInputFromStream } from '#hub/hdf5/master-from-stream.ts';
import { writeSeries } from '#hub/hdf5/testing/write-series.ts';
import { type PlannedSeries, planSeries } from '#hub/simulator/beamline-programme.ts';
import { type CrystalForm, type Miller, wilsonIntensity } from '#hub/simulator/crystal-forms.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { decodeStreamV2 } from '../shared/codecs/stream-v2.ts';
import type { StreamImage, StreamStart } from '../shared/model/stream.ts';

/** What the simulator is told for a crystal that every run of DIALS finds. */
export const LYSOZYME = ['--crystal', 'lysozyme', '--detector', 'eiger2-1m', '--distance', '150'];

export interface DialsSeries {
  masterPath: string;
  dataPaths: string[];
  plan: PlannedSeries;
}

/** A series of the simulator as files, written as the HUB writes it. @param args of the simulator, `--frames` among them */
export function writeSimulatedSeries(dir: string, prefix: string, args: readonly string[]): DialsSeries {
  const options = parseSimulatorOptions(args);
  const plan = planSeries(options).next().value;
  const series = new SimulatedSeries(new SimulatedDetector(options), plan, {
    seriesId: 1,
    seriesUniqueId: 'test',
    armDate: '2026-11-20T12:00:00.000Z',
  });
  const start = decodeStreamV2(series.start()) as StreamStart;
  const images = Array.from(
    { length: options.framesPerSeries },
    (_, frame) => decodeStreamV2(series.image(frame)) as StreamImage,
  );
  const [name, first] = [...images[0]!.channels][0]!;
  const { masterPath, dataPaths } = writeSeries(dir, {
    prefix,
    frames: images.map((image) => [image.channels.get(name)!.bytes]),
    master: masterInputFromStream(start, {
      channels: [{ name, dtype: first.dtype, shape: first.shape, filter: first.filter }],
      framesPerFile: 10,
      fileName: '',
      dataFiles: [],
      imagesReceived: 0,
    }),
  });
  return { masterPath, dataPaths, plan };
}

/** What a crystal scatters into a reflection before anything weakens it but its own disorder: what merging is to bring back. */
export function trueIntensity(crystal: CrystalForm, index: Miller): number {
  if (crystal.isAbsent(...index)) return 0;
  const inverseD2 = index.reduce((sum, each, axis) => sum + (each / crystal.cellA[axis]!) ** 2, 0);
  return wilsonIntensity(crystal, index) * Math.exp((-crystal.bFactorA2 * inverseD2) / 2);
}

/** Pearson's. */
export function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (axis: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[axis], 0) / pairs.length;
  const [ma, mb] = [mean(0), mean(1)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (const [a, b] of pairs) {
    ab += (a - ma) * (b - mb);
    aa += (a - ma) ** 2;
    bb += (b - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Places in order; those that are equal share the mean of their places. */
function ranks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}

/** Spearman's. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [ra, rb] = [ranks(a), ranks(b)];
  return correlation(ra.map((rank, index) => [rank, rb[index]!]));
}
