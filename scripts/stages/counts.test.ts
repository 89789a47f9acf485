import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countsOfJourneys, isCrash } from './journey-stage.ts';
import { ROOT } from './stage.ts';
import { unfinishedPlaces } from './static-stages.ts';
import { countsOfTorture } from './torture-stage.ts';
import { brokenFiles, countsAfterSecondTry, countsOfReport } from './vitest-stages.ts';

const file = (status: string, ...tests: string[]) => ({
  name: join(ROOT, 'src/a.test.ts'),
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

describe('counts of npm test', () => {
  it('adds up the tests of all files', () => {
    const report = {
      testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed', 'passed')],
    };
    expect(countsOfReport(report, 1)).toMatchObject({ passed: 3, failed: 1, skipped: 1 });
  });

  it('counts a file that cannot be loaded, and an error outside all tests, as a failure', () => {
    expect(countsOfReport({ testResults: [file('failed')] }, 1)).toMatchObject({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
    expect(countsOfReport({ testResults: [file('passed', 'passed')] }, 1)).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('tells a file whose process ended by itself, and takes its second run in its place', () => {
    const dead = {
      testResults: [
        file('passed', 'passed'),
        { ...file('passed', 'passed', 'pending'), name: join(ROOT, 'src/b.test.ts') },
      ],
    };
    expect(brokenFiles(dead)).toEqual([join(ROOT, 'src/b.test.ts')]);
    expect(countsOfReport(dead, 1)).toEqual({
      passed: 2,
      failed: 1,
      skipped: 0,
      failures: ['src/b.test.ts › its process ended by itself'],
    });
    const again = {
      testResults: [{ ...file('passed', 'passed', 'passed'), name: join(ROOT, 'src/b.test.ts') }],
    };
    expect(countsAfterSecondTry(dead, again, 0)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 0,
      failures: ['src/b.test.ts › its process ended by itself, so it ran again'],
    });
    expect(countsAfterSecondTry(dead, dead, 1).failed).toBe(1);
  });

  it('names what failed, in one line each', () => {
    const failed = {
      status: 'failed',
      fullName: 'adds up',
      failureMessages: ['\u001b[31mexpected 1\u001b[39m to be 2\n    at a.test.ts:1:1'],
    };
    const report = { testResults: [{ ...file('failed'), assertionResults: [failed] }] };
    expect(countsOfReport(report, 1).failures).toEqual(['src/a.test.ts › adds up: expected 1 to be 2']);
    expect(countsOfReport({ testResults: [file('failed')] }, 1).failures).toEqual([
      'src/a.test.ts › cannot be loaded',
    ]);
    const wavers = { ...failed, status: 'passed' };
    const wavered = { testResults: [{ ...file('passed'), assertionResults: [wavers] }] };
    expect(countsOfReport(wavered, 0)).toMatchObject({
      passed: 1,
      failed: 0,
      failures: ['src/a.test.ts › adds up (passed at the second try): expected 1 to be 2'],
    });
    const results = [{ error: { message: 'not within 60 s\nlast seen nothing' } }];
    const specs = [
      { title: 'works', tests: [{ status: 'expected', results: [{}] }] },
      { title: 'breaks', tests: [{ status: 'unexpected', results }] },
      { title: 'wavers', tests: [{ status: 'flaky', results: [...results, {}] }] },
    ];
    const suites = [{ file: 'b.spec.ts', suites: [{ file: 'b.spec.ts', specs }] }];
    const stats = { expected: 1, unexpected: 1, flaky: 1, skipped: 0 };
    expect(countsOfJourneys({ stats, errors: [], suites }, 1).failures).toEqual([
      'b.spec.ts › breaks: not within 60 s',
      'b.spec.ts › wavers (passed at the second try): not within 60 s',
    ]);
  });

  it('counts a journey that passed only at the second try as passed, and a run that broke as failed', () => {
    const stats = { expected: 5, unexpected: 0, flaky: 1, skipped: 2 };
    expect(countsOfJourneys({ stats, errors: [] }, 0)).toMatchObject({ passed: 6, failed: 0, skipped: 2 });
    expect(countsOfJourneys({ stats: { ...stats, flaky: 0 }, errors: [] }, 1).failed).toBe(1);
    expect(countsOfJourneys({ stats: { ...stats, unexpected: 1 }, errors: [] }, 1).failed).toBe(1);
  });

  it('tells a process that ended by itself from one that a journey killed or asked to stop', () => {
    const line = (how: string) =>
      `15:00:00.000 up     WARN  the HUB ended (${how}); starting it again in 1 s pid=7`;
    expect(['exit code 1', 'SIGSEGV', 'SIGKILL', 'exit code 0'].filter((how) => isCrash(line(how)))).toEqual([
      'exit code 1',
      'SIGSEGV',
    ]);
  });

  it('counts the cases of a torture run, and one failure when it broke off', () => {
    const summary = { torture: 'short', cases: 5, lost: 1, failed: ['kill-web'], skipped: ['full-store'] };
    const told = 'kill-web    failed   lost 1  (21 s)  killed before frame 3\n    lost: frame 7';
    expect(countsOfTorture(`seed 1\n${told}\n${JSON.stringify(summary)}\n`)).toEqual({
      passed: 4,
      failed: 1,
      skipped: 1,
      failures: ['torture › kill-web: failed   lost 1  (21 s)  killed before frame 3; lost: frame 7'],
    });
    expect(countsOfTorture('seed 1\nbeamdeck: The installation did not start').failed).toBe(1);
  });

  it('finds promises of work and tests that were switched off', () => {
    const promise = `// ${'TO' + 'DO'} later`;
    expect(unfinishedPlaces('src/a.ts', `const a = 1;\n${promise}`)).toEqual([`src/a.ts:2: ${promise}`]);
    for (const off of ["('x')", '(`x`, () => {})', '()', '(true, "later")', '(']) {
      for (const what of ['it', 'test', 'test.describe', 'test.info()']) {
        expect(unfinishedPlaces('src/a.test.ts', `${what}.${'skip'}${off}`)).toHaveLength(1);
      }
    }
    expect(unfinishedPlaces('e2e/a.spec.ts', `test.${'only'}('x')`)).toHaveLength(1);
    for (const named of ["test.skip(!hasPython(), 'no python3')", "it.skipIf(!present)('x')"]) {
      expect(unfinishedPlaces('e2e/a.spec.ts', named)).toEqual([]);
    }
    expect(unfinishedPlaces('src/a.ts', 'autodoc.only(1)')).toEqual([]);
  });
});
