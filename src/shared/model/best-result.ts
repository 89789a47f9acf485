/**
 * Which of the runs on a dataset stands for it in lists, and with which numbers. Only runs that succeeded are asked; what still runs, has failed or
 * was cancelled never counts.
 *
 * 1. The one that a person chose.
 * 2. Merged intensities (resolution, completeness, CC½) before everything else, sound ones before others: at least 90 % complete, with a CC½ of at least
 *    0.9, and of 0.3 in the outer shell where that is told.
 *    Of two sound ones the one that goes further counts, then the more complete one, then the one with the better CC½;
 *    of two others the one with the better CC½, then the more complete one, then the one that goes further. As far as a table shows the numbers.
 * 3. Of the rest, and of equals, the newest.
 */
export interface RunOfDataset {
  jobId: string;
  templateSlug: string;
  finishedAt: Date;
  metrics: Readonly<Record<string, number | string | null>>;
  /** The names among them that lists show. */
  kept: readonly string[];
}

export interface ResultOfDataset {
  /** Null: none tells a number. */
  jobId: string | null;
  numbers: Record<string, number>;
}

export const SOUND = { completeness: 90, ccHalf: 0.9, ccHalfOuter: 0.3 } as const;

/** They are told of one and the same merging, never some of each. */
const MERGED = ['mergedResolutionA', 'rMerge', 'ccHalf', 'completeness'] as const;

function numberOf(run: RunOfDataset, name: string): number | null {
  const value = run.metrics[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

interface Merging {
  resolutionA: number;
  completeness: number;
  ccHalf: number;
  sound: boolean;
}

const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits);

function mergingOf(run: RunOfDataset): Merging | null {
  const [resolutionA, completeness, ccHalf] = [
    numberOf(run, 'mergedResolutionA'),
    numberOf(run, 'completeness'),
    numberOf(run, 'ccHalf'),
  ];
  const told = (['mergedResolutionA', 'completeness', 'ccHalf'] as const).every((name) =>
    run.kept.includes(name),
  );
  if (!told || resolutionA === null || completeness === null || ccHalf === null) return null;
  const outer = numberOf(run, 'ccHalfOuter');
  return {
    ...{
      resolutionA: rounded(resolutionA, 2),
      completeness: rounded(completeness, 1),
      ccHalf: rounded(ccHalf, 3),
    },
    sound:
      completeness >= SOUND.completeness &&
      ccHalf >= SOUND.ccHalf &&
      (outer === null || outer >= SOUND.ccHalfOuter),
  };
}

/** Negative: `a` is better. */
function compareMergings(a: Merging | null, b: Merging | null): number {
  if (!a || !b) return Number(b !== null) - Number(a !== null);
  if (a.sound !== b.sound) return a.sound ? -1 : 1;
  const further = a.resolutionA - b.resolutionA;
  const fuller = b.completeness - a.completeness;
  const firmer = b.ccHalf - a.ccHalf;
  return a.sound ? further || fuller || firmer : firmer || fuller || further;
}

export function resultOfDataset(runs: readonly RunOfDataset[], chosenJobId: string | null): ResultOfDataset {
  const ranked = runs
    .map((run) => ({ run, isChosen: run.jobId === chosenJobId, merging: mergingOf(run) }))
    .sort(
      (a, b) =>
        Number(b.isChosen) - Number(a.isChosen) ||
        compareMergings(a.merging, b.merging) ||
        b.run.finishedAt.getTime() - a.run.finishedAt.getTime() ||
        (a.run.jobId < b.run.jobId ? 1 : -1),
    );
  const numbers: Record<string, number> = {};
  const asked = new Set<string>();
  let hasMerging = false;
  let best = ranked[0]?.isChosen ? ranked[0].run.jobId : null;
  for (const { run } of ranked) {
    // Of each template one run: its numbers belong together.
    if (asked.has(run.templateSlug)) continue;
    const told = run.kept.filter((name) => numberOf(run, name) !== null);
    if (told.length === 0) continue;
    asked.add(run.templateSlug);
    best ??= run.jobId;
    const isMerging = told.some(isMerged);
    for (const name of told) {
      if (name in numbers || (hasMerging && isMerged(name))) continue;
      numbers[name] = numberOf(run, name)!;
    }
    hasMerging ||= isMerging;
  }
  return { jobId: best, numbers };
}

const isMerged = (name: string): boolean => (MERGED as readonly string[]).includes(name);
