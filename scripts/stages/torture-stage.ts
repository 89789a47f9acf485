import { join } from 'node:path';
import { type Counts, failureLine, oneFailed, ROOT, runNode, type Stage } from './stage.ts';

/** Cases at once: they wait more than they work. */
const PARALLEL = 3;

/** A run of the tests tries the same faults each time; other seeds are for `npm run torture`. */
const SEED = 11;

/** What `scripts/torture.ts` prints last, as far as it is read here. */
export interface TortureSummary {
  cases: number;
  failed: readonly string[];
  skipped: readonly string[];
}

/** Counts of a run by the last line of its output; one failure when it broke off before that. */
export function countsOfTorture(output: string): Counts {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('{"torture":')) return oneFailed;
  const { cases, failed, skipped } = JSON.parse(last) as TortureSummary;
  return {
    passed: cases - failed.length,
    failed: failed.length,
    skipped: skipped.length,
    failures: failed.map((name) => failureLine('torture', name, whyFailed(output, name))),
  };
}

/** What the run said of a failed case: its line, and the first thing that was found. */
function whyFailed(output: string, name: string): string {
  const lines = output.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${name} `) && line.includes(' failed '));
  if (at < 0) return '';
  const found = lines[at + 1]?.startsWith('    ') ? `; ${lines[at + 1]!.trim()}` : '';
  return `${lines[at]!.slice(name.length).trim()}${found}`;
}

/** The short form of `npm run torture`; what needs root is skipped for others, and named. */
export const tortureStage: Stage = {
  name: 'torture',
  title: 'torture, short form',
  async run(args) {
    const { output } = await runNode(
      [
        join(ROOT, 'scripts', 'torture.ts'),
        '--short',
        '--parallel',
        `${PARALLEL}`,
        '--seed',
        `${SEED}`,
        ...args,
      ],
      { capture: true },
    );
    process.stdout.write(`${output}\n`);
    return countsOfTorture(output);
  },
};
