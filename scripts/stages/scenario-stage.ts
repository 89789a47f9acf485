import { join } from 'node:path';
import { type Counts, failureLine, ROOT, runNode, type Stage, sum } from './stage.ts';

/** What `scripts/scenario.ts` prints last for each scenario, as far as it is read here. */
interface ScenarioSummary {
  scenario: string;
  /** Of the judge; left out when it was not played to its end. */
  findings?: number;
  broken?: string;
  /** Why not played. */
  skipped?: string;
}

const BEGINNING = '{"scenario":';

/** Counts of a run by the line of each scenario; one of which nothing is said has failed. */
export function countsOfScenarios(output: string, names: readonly string[]): Counts {
  const told = output
    .split('\n')
    .filter((line) => line.startsWith(BEGINNING))
    .map((line) => JSON.parse(line) as ScenarioSummary);
  return sum(
    names.map((name): Counts => {
      const summary = told.find(({ scenario }) => scenario === name);
      if (summary?.skipped !== undefined) return { passed: 0, failed: 0, skipped: 1 };
      if (summary?.findings === 0) return { passed: 1, failed: 0, skipped: 0 };
      const why = summary?.broken ?? (summary ? `${summary.findings} findings` : 'not played');
      return { passed: 0, failed: 1, skipped: 0, failures: [failureLine('scenario', name, why)] };
    }),
  );
}

/** The short form of `npm run scenario -- all`: counts of frames and every file by its SHA-256. */
export const scenarioStage: Stage = {
  name: 'scenarios',
  title: 'scenarios, short form',
  async run(args) {
    const script = join(ROOT, 'scripts', 'scenario.ts');
    const { output } = await runNode([script, 'all', '--short', ...args], { capture: true });
    process.stdout.write(`${output}\n`);
    return countsOfScenarios(output, ['micromax', 'als', 'p14']);
  },
};
