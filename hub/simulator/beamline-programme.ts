import { CRYSTAL_FORMS, type CrystalForm } from './crystal-forms.ts';
import { hashIntegers } from './random-source.ts';
import type { SimulatorOptions } from './simulator-options.ts';

/** One dataset the simulated beamline is going to measure. */
export interface PlannedSeries {
  seriesNumber: number;
  sampleName: string;
  puck: string;
  position: string;
  run: number;
  crystal: CrystalForm;
  filePrefix: string;
  /** Orientation of the crystal in its loop: the same for all runs of a sample. */
  orientationSeed: number;
  noiseSeed: number;
  omegaStartDeg: number;
}

const POSITIONS_PER_PUCK = 16;

/** Which form lies in a position of a mixed puck: six of lysozyme, five of thaumatin, five of insulin. */
function crystalAt(position: number): CrystalForm {
  const [lysozyme, thaumatin, insulin] = CRYSTAL_FORMS as readonly [CrystalForm, CrystalForm, CrystalForm];
  return position <= 6 ? lysozyme : position <= 11 ? thaumatin : insulin;
}

/** Pucks are A, B, … Z, AA, AB, … */
function puckName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : puckName(Math.floor(index / 26) - 1) + letter;
}

/**
 * The endless programme of the beamline: sample after sample, each measured once, every third a second time from another
 * start angle. The plan hangs on the seed alone.
 */
export function* planSeries(options: SimulatorOptions): Generator<PlannedSeries, never> {
  let seriesNumber = 0;
  for (let sample = 0; ; sample++) {
    const puck = puckName(Math.floor(sample / POSITIONS_PER_PUCK));
    const place = 1 + (sample % POSITIONS_PER_PUCK);
    const crystal = CRYSTAL_FORMS.find(({ name }) => name === options.crystalName) ?? crystalAt(place);
    const position = `${puck}${place}`;
    const sampleName = `${crystal.name}_${position}`;
    const runs = sample % 3 === 2 ? 2 : 1;
    for (let run = 1; run <= runs; run++) {
      seriesNumber++;
      const values: Readonly<Record<string, string>> = {
        sample: sampleName,
        crystal: crystal.name,
        short: crystal.shortName,
        puck,
        position,
        run: String(run),
        series: String(seriesNumber),
      };
      yield {
        seriesNumber,
        sampleName,
        puck,
        position,
        run,
        crystal,
        filePrefix: options.prefixTemplate.replaceAll(
          /\{([a-z]+)\}/g,
          (whole, name: string) => values[name] ?? whole,
        ),
        orientationSeed: hashIntegers(options.seed, sample),
        noiseSeed: hashIntegers(options.seed, sample, run),
        omegaStartDeg: options.omegaStartDeg + 90 * (run - 1),
      };
    }
  }
}
