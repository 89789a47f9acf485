import { describe, expect, it } from 'vitest';
import { countsOfJourneys, isCrash } from './journey-stage.ts';
import { unfinishedPlaces } from './static-stages.ts';
import { countsOfReport } from './vitest-stages.ts';

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

describe('counts of npm test', () => {
  it('adds up the tests of all files', () => {
    const report = {
      testResults: [file('passed', 'passed', 'passed', 'pending'), file('failed', 'failed', 'passed')],
    };
    expect(countsOfReport(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  it('counts a file that cannot be loaded, and an error outside all tests, as a failure', () => {
    expect(countsOfReport({ testResults: [file('failed')] }, 1)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
    expect(countsOfReport({ testResults: [file('passed', 'passed')] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a journey that passed only at the second try as failed', () => {
    const stats = { expected: 5, unexpected: 0, flaky: 1, skipped: 2 };
    expect(countsOfJourneys({ stats, errors: [] }, 0)).toEqual({ passed: 5, failed: 1, skipped: 2 });
    expect(countsOfJourneys({ stats: { ...stats, flaky: 0 }, errors: [] }, 1).failed).toBe(1);
  });

  it('tells a process that ended by itself from one that a journey killed or asked to stop', () => {
    const line = (how: string) =>
      `15:00:00.000 up     WARN  the HUB ended (${how}); starting it again in 1 s pid=7`;
    expect(['exit code 1', 'SIGSEGV', 'SIGKILL', 'exit code 0'].filter((how) => isCrash(line(how)))).toEqual([
      'exit code 1',
      'SIGSEGV',
    ]);
  });

  it('finds promises of work and tests that were switched off', () => {
    const promise = `// ${'TO' + 'DO'} later`;
    expect(unfinishedPlaces('src/a.ts', `const a = 1;\n${promise}`)).toEqual([`src/a.ts:2: ${promise}`]);
    expect(unfinishedPlaces('src/a.test.ts', `it.${'skip'}('x')`)).toHaveLength(1);
    expect(unfinishedPlaces('src/a.ts', 'autodoc.only(1)')).toEqual([]);
  });
});
