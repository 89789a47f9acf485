import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Counts, failureLine, nodeTool, oneFailed, ROOT, runNode, type Stage, sum } from './stage.ts';

/** What Vitest's JSON reporter writes, as far as it is read here. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: TestResult[];
  }[];
}

interface TestResult {
  status: string;
  fullName?: string;
  failureMessages?: string[];
}

/** Passed, but not at first (in CI alone there is a second try): what failed then is kept beside it. */
const isSecondTry = ({ status, failureMessages = [] }: TestResult) =>
  status === 'passed' && failureMessages.length > 0;

/** A test that never ran: it is told apart from one that was skipped, and stands so when the process of its file ended by itself. */
const neverRan = ({ status }: TestResult) => status === 'pending';

type FileReport = VitestReport['testResults'][number];

/** Counts of a file. One that could not even be loaded, or whose process ended, counts as one failure beside what it lacks. */
function countsOfFile({ name, status, message, assertionResults }: FileReport): Counts {
  const count = (...words: string[]) => assertionResults.filter((each) => words.includes(each.status)).length;
  const failed = count('failed');
  const file = relative(ROOT, name);
  const failures = assertionResults
    .filter((each) => each.status === 'failed' || isSecondTry(each))
    .map((each) =>
      failureLine(
        file,
        isSecondTry(each) ? `${each.fullName} (passed at the second try)` : (each.fullName ?? ''),
        each.failureMessages?.[0],
      ),
    );
  const broke = assertionResults.some(neverRan);
  const isUnloaded = failed === 0 && status === 'failed';
  if (broke) failures.push(failureLine(file, 'its process ended by itself', message));
  else if (isUnloaded) failures.push(failureLine(file, 'cannot be loaded', message));
  return {
    failures,
    passed: count('passed'),
    failed: broke || isUnloaded ? failed + 1 : failed,
    skipped: count('skipped', 'todo', 'disabled'),
  };
}

/** Files whose process ended by itself. */
export const brokenFiles = (report: VitestReport): string[] =>
  report.testResults.filter((file) => file.assertionResults.some(neverRan)).map(({ name }) => name);

/** Counts of a report. */
export function countsOfReport(report: VitestReport, exitCode: number): Counts {
  const total = sum(report.testResults.map(countsOfFile));
  // An error outside all tests (an unhandled rejection) fails the run without failing a test.
  return exitCode !== 0 && total.failed === 0 ? { ...total, failed: 1 } : total;
}

/** A report in which the files of a second run stand as that run saw them; each is named. */
export function countsAfterSecondTry(first: VitestReport, second: VitestReport, exitCode: number): Counts {
  const again = new Set(brokenFiles(first));
  const kept = { testResults: first.testResults.filter(({ name }) => !again.has(name)) };
  const named = [...again].map((name) =>
    failureLine(relative(ROOT, name), 'its process ended by itself, so it ran again'),
  );
  return sum([
    countsOfReport(kept, 0),
    countsOfReport(second, exitCode),
    { passed: 0, failed: 0, skipped: 0, failures: named },
  ]);
}

async function runVitest(
  title: string,
  options: readonly string[],
): Promise<{ report: VitestReport; exitCode: number } | null> {
  const dir = await mkdtemp(join(tmpdir(), 'beamdeck-report-'));
  const file = join(dir, 'report.json');
  try {
    const { code } = await runNode([
      nodeTool('vitest', 'vitest.mjs'),
      'run',
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      ...options,
    ]);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return { report: JSON.parse(text) as VitestReport, exitCode: code };
    process.stdout.write(`${title}: Vitest wrote no report (exit code ${code})\n`);
    return null;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function vitestStage(name: string, title: string, project: string, options: readonly string[] = []): Stage {
  return {
    name,
    title,
    async run(args) {
      const all = ['--project', project, ...options];
      const first = await runVitest(title, [...all, ...args]);
      if (first === null) return oneFailed;
      const broken = brokenFiles(first.report);
      const counts = countsOfReport(first.report, first.exitCode);
      // Only where nothing else failed: a process that ends by itself is looked at by whoever reads the summary.
      if (!process.env.CI || broken.length === 0 || counts.failed > broken.length) return counts;
      const second = await runVitest(title, [...all, ...broken]);
      return second === null ? counts : countsAfterSecondTry(first.report, second.report, second.exitCode);
    },
  };
}

/** A fourth file beside three: the longest ones wait for processes of HUBs, and on two cores the whole takes less. */
export const unitStage = vitestStage('unit', 'unit tests', 'unit', ['--maxWorkers=4']);
export const integrationStage = vitestStage('integration', 'integration tests on PostgreSQL', 'integration');
export const engineStage = vitestStage('engines', 'engine tests', 'engine');
