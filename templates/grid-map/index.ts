import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput, JobMetrics, JobPlot } from '#src/shared/contracts/job-run.ts';
import type { ScanGrid } from '#src/shared/model/acquisition-fields.ts';
import { FrameAnalyser, type FrameResult } from '../fast-feedback/analyse-frame.ts';
import { mapDetector } from '../fast-feedback/detector-map.ts';
import { FrameReader, listStoredFrames, readMask } from '../lib/frame-reader.ts';
import { readInput } from '../lib/read-input.ts';
import { writeMetrics, writePlots, writeProgress } from '../lib/write-report.ts';
import { csvNumbers } from './csv-numbers.ts';
import { centreOf, emptyGrid, type GridValues, placeOf, strongestPlace } from './grid-places.ts';
import { FROM_FILE } from './template.ts';

const REPORT_EVERY_MS = 500;
/** Those of fast feedback, so that the numbers agree. */
const SPOT_SETTINGS = { strongSigma: 3, dispersionSigma: 6, minSpotPixels: 2 };
const LOW_RESOLUTION_A = 40;

const PICKS: Readonly<Record<string, { unit: string; pick: (frame: FrameResult) => number | null }>> = {
  spots: { unit: 'Spots', pick: ({ spots }) => spots },
  'strongest spot': { unit: 'Counts of the strongest spot', pick: ({ strongestSpot }) => strongestSpot },
  background: { unit: 'Background, counts per pixel', pick: ({ backgroundMean }) => backgroundMean },
  'total counts': { unit: 'Counts in all', pick: ({ totalCounts }) => totalCounts },
  resolution: { unit: 'Resolution, Å', pick: ({ resolutionA }) => resolutionA },
};

const say = (line: string) => process.stdout.write(`${line}\n`);

function gridOf({ dataset, parameters }: JobInput): ScanGrid {
  const announced = dataset?.grid;
  const rows = parameters.rows ?? announced?.rows;
  const columns = parameters.columns ?? announced?.columns;
  if (typeof rows !== 'number' || typeof columns !== 'number') {
    throw new Error(
      'The acquisition says nothing of a lattice. Give rows and columns, or correct the acquisition at the dataset.',
    );
  }
  const { order } = parameters;
  const snake =
    order === 'as announced' ? (announced?.snake ?? false) : order === 'every second row backwards';
  return { ...announced, rows, columns, snake };
}

const input = await readInput();
const startedAt = performance.now();

function draw(grid: ScanGrid, values: GridValues, unit: string, isBestLow: boolean) {
  const peakOf: GridValues = isBestLow
    ? values.map((line) => line.map((value) => (value === null || value <= 0 ? null : 1 / value)))
    : values;
  const peak = strongestPlace(peakOf);
  const centre = centreOf(peakOf);
  const steps = { x: grid.stepXUm ?? null, y: grid.stepYUm ?? null };
  const plot: JobPlot = {
    id: 'grid-map',
    title: `${unit} over the lattice`,
    data: [
      {
        type: 'heatmap',
        z: values,
        x: Array.from({ length: grid.columns }, (_, column) => column + 1),
        y: Array.from({ length: grid.rows }, (_, row) => row + 1),
        colorscale: 'Viridis',
        reversescale: isBestLow,
        colorbar: { title: { text: unit, side: 'right' } },
        hoverongaps: false,
      },
      ...(centre
        ? [
            {
              type: 'scatter',
              mode: 'markers',
              name: 'Centre',
              x: [centre.column + 1],
              y: [centre.row + 1],
              marker: { symbol: 'cross-thin', size: 16, line: { width: 2, color: '#e5484d' } },
              showlegend: false,
            },
          ]
        : []),
    ],
    layout: {
      xaxis: { title: { text: 'Column' }, constrain: 'domain' },
      yaxis: {
        title: { text: 'Row' },
        autorange: 'reversed',
        constrain: 'domain',
        scaleanchor: 'x',
        // Squares where nobody said how far apart the places are.
        scaleratio: steps.x && steps.y ? steps.y / steps.x : 1,
      },
    },
  };
  const frameAt = (row: number, column: number) => {
    const along = grid.snake && row % 2 === 1 ? grid.columns - 1 - column : column;
    return row * grid.columns + along + 1;
  };
  const metrics: JobMetrics = {
    peakValue: peak ? (values[peak.row]![peak.column] ?? null) : null,
    peakFrame: peak ? frameAt(peak.row, peak.column) : null,
    peakRow: peak ? peak.row + 1 : null,
    peakColumn: peak ? peak.column + 1 : null,
    centreRow: centre ? centre.row + 1 : null,
    centreColumn: centre ? centre.column + 1 : null,
  };
  return { plot, metrics, frameAt };
}

async function fromTable(grid: ScanGrid, values: GridValues): Promise<number> {
  const { file, column } = input.parameters;
  if (typeof file !== 'string' || typeof column !== 'string') {
    throw new Error('Give the table and the name of its column.');
  }
  let drawn = 0;
  for (const [frame, value] of csvNumbers(await readFile(join(input.treeDir, file), 'utf8'), column)) {
    const place = placeOf(grid, frame - 1);
    if (!place) continue;
    values[place.row]![place.column] = value;
    drawn++;
  }
  return drawn;
}

async function fromFrames(
  grid: ScanGrid,
  values: GridValues,
  pick: (frame: FrameResult) => number | null,
  report: () => Promise<void>,
): Promise<{ drawn: number; unreadable: number }> {
  const { dataset } = input;
  const channel = dataset?.channels[0];
  if (!dataset || !channel) throw new Error('There is no dataset to look at.');
  const frames = listStoredFrames(dataset, channel.name);
  const inside = frames.filter(({ frame }) => placeOf(grid, frame) !== null);
  if (inside.length < frames.length) {
    say(
      `${frames.length - inside.length} frames lie beyond the ${grid.rows * grid.columns} places and are left out.`,
    );
  }
  const mask = await readMask(input.treeDir, dataset, channel);
  const map = mapDetector(channel.shape, dataset.geometry, mask, LOW_RESOLUTION_A);
  if (map.withoutResolution) say(`No resolution can be told. ${map.withoutResolution}`);
  const analyser = new FrameAnalyser(map, SPOT_SETTINGS, dataset.geometry.saturationValue ?? null);
  const reader = new FrameReader(input.treeDir, channel);
  let unreadable = 0;
  let toldAt = performance.now();
  for (const [index, frame] of inside.entries()) {
    try {
      const { result } = analyser.analyse(frame.frame, await reader.read(frame), channel.dtype);
      const place = placeOf(grid, frame.frame)!;
      values[place.row]![place.column] = pick(result);
    } catch (error) {
      // One bad frame is a hole in the map, not the end of it.
      unreadable++;
      say(
        `frame ${frame.frame + 1} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (performance.now() - toldAt > REPORT_EVERY_MS) {
      toldAt = performance.now();
      const text = `frame ${index + 1} of ${inside.length}`;
      await writeProgress({ done: index + 1, total: inside.length, text });
      await report();
    }
  }
  await reader.close();
  return { drawn: inside.length - unreadable, unreadable };
}

async function run(): Promise<void> {
  const grid = gridOf(input);
  const number = String(input.parameters.number);
  const chosen = PICKS[number];
  const unit = chosen?.unit ?? String(input.parameters.column);
  const values = emptyGrid(grid);
  const isBestLow = number === 'resolution';
  say(`${grid.rows} rows of ${grid.columns}, ${grid.snake ? 'every second one backwards' : 'all forwards'}.`);

  const report = async () => {
    const { plot, metrics } = draw(grid, values, unit, isBestLow);
    await writePlots([plot]);
    await writeMetrics(metrics);
  };
  const { drawn, unreadable } =
    number === FROM_FILE || !chosen
      ? { drawn: await fromTable(grid, values), unreadable: 0 }
      : await fromFrames(grid, values, chosen.pick, report);
  const { plot, metrics, frameAt } = draw(grid, values, unit, isBestLow);
  await writePlots([plot]);
  await writeMetrics({ ...metrics, framesDrawn: drawn, framesUnreadable: unreadable });
  const lines = values.flatMap((line, row) =>
    line.map((value, column) => [row + 1, column + 1, frameAt(row, column), value ?? ''].join(',')),
  );
  await writeFile(join(input.outDir, 'grid-map.csv'), `${['row,column,frame,value', ...lines].join('\n')}\n`);
  await writeProgress({ done: drawn, total: drawn, text: `${drawn} frames` });
  say(`Done: ${drawn} frames in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  if (drawn === 0) throw new Error('No frame lies on the lattice.');
}

try {
  await run();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
