import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput } from '#src/shared/contracts/job-run.ts';
import { countUnlocated, FrameReader, listStoredFrames, readMask } from '../lib/frame-reader.ts';
import { numberParameter, readInput } from '../lib/read-input.ts';
import { writeMetrics, writePlots, writeProgress } from '../lib/write-report.ts';
import { FrameAnalyser } from './analyse-frame.ts';
import { mapDetector } from './detector-map.ts';
import { coarseToFine } from './frame-order.ts';
import { SeriesSummary } from './series-summary.ts';

const USUAL_HIT_SPOTS = 10;
const PROGRESS_EVERY_MS = 300;
const PLOTS_EVERY_MS = 1500;
/** After this many frames that cannot be read, each further one is only counted. */
const FAULTS_TOLD = 20;

/** A job that waited while Beamdeck was updated knows nothing of hits. */
const hitSpotsOf = (input: JobInput): number =>
  'hitSpots' in input.parameters ? numberParameter(input, 'hitSpots') : USUAL_HIT_SPOTS;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `most` of the items, spread evenly, first and last among them. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  if (most === 1) return items.slice(0, 1);
  return Array.from({ length: most }, (_, k) => items[Math.round((k * (items.length - 1)) / (most - 1))]!);
}

const startedAt = performance.now();
const input = await readInput();
const { dataset } = input;
const channel = dataset?.channels[0];
if (!dataset || !channel) throw new Error('There is no dataset to look at.');

const stored = listStoredFrames(input, channel.name);
const chosen = spread(stored, numberParameter(input, 'maxFrames'));
const [rows, columns] = channel.shape;
say(
  `Dataset ${dataset.base}: ${stored.length} frames of ${columns} × ${rows} pixels (${channel.name}, ${channel.dtype}, ${channel.filter}).`,
);
if (dataset.channels.length > 1) {
  say(`Of its ${dataset.channels.length} channels the first one, ${channel.name}, is looked at.`);
}
const unlocated = countUnlocated(input, channel.name);
if (unlocated > 0) {
  say(
    `${unlocated} more lie in HDF5 files that another program wrote: where in them was not noted, so they are not looked at here.`,
  );
}
if (chosen.length < stored.length) say(`Looking at ${chosen.length} of them, spread evenly.`);

const mask = await readMask(input, channel);
say(
  mask
    ? `Pixel mask: ${mask.reduce((sum, bit) => sum + bit, 0)} pixels left out.`
    : 'There is no pixel mask.',
);
const map = mapDetector(channel.shape, dataset.geometry, mask, numberParameter(input, 'lowResolutionA'));
if (map.withoutResolution) say(`No resolution can be told. ${map.withoutResolution}`);
const analyser = new FrameAnalyser(
  map,
  {
    strongSigma: numberParameter(input, 'strongSigma'),
    dispersionSigma: numberParameter(input, 'dispersionSigma'),
    minSpotPixels: numberParameter(input, 'minSpotPixels'),
  },
  dataset.geometry.saturationValue ?? null,
);

const summary = new SeriesSummary(map, hitSpotsOf(input));
const reader = new FrameReader(input.treeDir, channel);
let toldProgress = 0;
let toldPlots = performance.now();
let looked = 0;
for (const frame of coarseToFine(chosen)) {
  looked++;
  try {
    const raw = await reader.read(frame);
    const analysis = analyser.analyse(frame.frame, raw, channel.dtype);
    summary.add(analysis);
    const { spots, resolutionA, backgroundMean } = analysis.result;
    const reach = resolutionA === null ? '' : `, ${resolutionA.toFixed(2)} Å`;
    say(`frame ${frame.frame + 1}: ${spots} spots${reach}, background ${backgroundMean.toFixed(2)}`);
  } catch (error) {
    // One bad frame must not cost the feedback on all the others; it is told and counted.
    summary.unreadable.push(frame.frame);
    if (summary.unreadable.length <= FAULTS_TOLD) {
      say(
        `frame ${frame.frame + 1} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const now = performance.now();
  if (now - toldProgress > PROGRESS_EVERY_MS) {
    toldProgress = now;
    await writeProgress({
      done: looked,
      total: chosen.length,
      text: `${looked} of ${chosen.length} frames`,
    });
  }
  if (now - toldPlots > PLOTS_EVERY_MS) {
    toldPlots = now;
    await writeMetrics(summary.metrics());
    await writePlots(summary.plots());
  }
}
await reader.close();

const metrics = summary.metrics();
await writeMetrics(metrics);
await writePlots(summary.plots());
await writeFile(join(input.outDir, 'per-frame.csv'), summary.csv());
await writeFile(
  join(input.outDir, 'fast-feedback.json'),
  JSON.stringify(
    {
      dataset: dataset.base,
      channel: channel.name,
      parameters: input.parameters,
      withoutResolution: map.withoutResolution,
      metrics,
      framesUnreadable: summary.unreadable.toSorted((a, b) => a - b).map((frame) => frame + 1),
      frames: summary.frames.map(({ frame, ...rest }) => ({ frame: frame + 1, ...rest })),
    },
    null,
    1,
  ),
);
await writeProgress({ done: chosen.length, total: chosen.length, text: `${chosen.length} frames` });
const seconds = (performance.now() - startedAt) / 1000;
say(`Done: ${summary.frames.length} frames in ${seconds.toFixed(1)} s.`);
if ((chosen.length > 0 || unlocated > 0) && summary.frames.length === 0) {
  say('No frame could be read.');
  process.exitCode = 1;
}
