import { rmSync } from 'node:fs';
import { eventually } from '#scripts/lib/facility-api.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import type { FileEntry } from '../judge/ledger.ts';
import type { Trial } from '../parts/trial.ts';
import type { ExperimentName } from '../parts/trial-ground.ts';
import type { TortureCase } from '../torture-case.ts';

const SIZE = 32;
const FRAMES = 6;
const PATIENCE_MS = 60_000;

function measure(trial: Trial, experiment: ExperimentName): FileEntry[] {
  return Array.from({ length: FRAMES }, (_, index) => {
    const pixels = Int32Array.from({ length: SIZE * SIZE }, () => trial.random.integer(500));
    const bytes = encodeMiniCbf({ rows: SIZE, columns: SIZE, pixels });
    const places = [trial.code(experiment)];
    return trial.landing!.put(`lyso/run_1_${String(index + 1).padStart(5, '0')}.cbf`, bytes, { places });
  });
}

/** Datasets that have ended with all their frames, by the code of their experiment. */
const untilEnded = (trial: Trial, experiments: readonly ExperimentName[]) =>
  eventually(`the end of the series of ${experiments.join(' and ')}`, PATIENCE_MS, async () => {
    const { datasets } = await trial.view();
    const whole = datasets.filter(({ ending, framesStored }) => ending !== null && framesStored === FRAMES);
    const codes = whole.map(({ experimentCode }) => experimentCode).sort();
    return (
      codes.join() ===
        experiments
          .map((name) => trial.code(name))
          .sort()
          .join() || null
    );
  });

const sameNames: TortureCase = {
  name: 'landing-same-names',
  about: 'a series measured in A, deleted, and measured under the same names in B',
  short: true,
  async run(trial) {
    trial.openLanding({ seriesTimeoutS: 2 });
    await trial.startAgent();
    const before = measure(trial, 'A');
    await untilEnded(trial, ['A']);
    for (const entry of before) {
      rmSync(trial.landing!.at(entry.path));
      trial.ledger.reuseName(entry);
    }
    await trial.activate('B');
    measure(trial, 'B');
    await untilEnded(trial, ['A', 'B']);
    return `${FRAMES} frames in A, ${FRAMES} of the same names in B`;
  },
};

export const REUSED_NAME_CASES: readonly TortureCase[] = [sameNames];
