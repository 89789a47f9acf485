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

/** Counts of a report. A file that could not even be loaded has no tests to count: it counts as one failure. */
export function countsOfReport(report: VitestReport, exitCode: number): Counts {
  const perFile = report.testResults.map(({ name, status, message, assertionResults }): Counts => {
    const count = (...words: string[]) =>
      assertionResults.filter((each) => words.includes(each.status)).length;
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
    if (failed === 0 && status === 'failed') failures.push(failureLine(file, 'cannot be loaded', message));
    return {
      failures,
      passed: count('passed'),
      failed: failed === 0 && status === 'failed' ? 1 : failed,
      skipped: count('skipped', 'pending', 'todo', 'disabled'),
    };
  });
  const total = sum(perFile);
  // An error outside all tests (an unhandled rejection) fails the run without failing a test.
  return exitCode !== 0 && total.failed === 0 ? { ...total, failed: 1 } : total;
}

function vitestStage(name: string, title: string, project: string, options: readonly string[] = []): Stage {
  return {
    name,
    title,
    async run(args) {
      const dir = await mkdtemp(join(tmpdir(), 'beamdeck-report-'));
      const file = join(dir, 'report.json');
      try {
        const { code } = await runNode([
          nodeTool('vitest', 'vitest.mjs'),
          'run',
          ...['--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
          ...options,
          ...args,
        ]);
        const text = await readFile(file, 'utf8').catch(() => null);
        if (text === null) {
          process.stdout.write(`${title}: Vitest wrote no report (exit code ${code})\n`);
          return oneFailed;
        }
        return countsOfReport(JSON.parse(text) as VitestReport, code);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

/** A third file beside two: the longest ones wait for processes of HUBs, and on two cores the whole takes less. */
export const unitStage = vitestStage('unit', 'unit tests', 'unit', ['--maxWorkers=3']);
export const integrationStage = vitestStage('integration', 'integration tests on PostgreSQL', 'integration');
export const engineStage = vitestStage('engines', 'engine tests', 'engine');
