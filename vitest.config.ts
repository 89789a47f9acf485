import { defineConfig } from 'vitest/config';
import LongFirst from './scripts/lib/long-first.ts';

const EVERYWHERE_OUT = ['**/node_modules/**', '**/.next/**', '**/.data/**', 'e2e/**'];

/** In CI alone, and named in the summary: some tests wait for real processes on a machine that others use too. */
const SECOND_TRY = process.env.CI ? 1 : 0;

/** Three kinds of test, told apart by name: pure, on a real PostgreSQL, and on an engine that may or may not be installed. */
export default defineConfig({
  test: {
    passWithNoTests: true,
    // Tests of real processes wait more than they work: on two cores three files at once take less than two.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...EVERYWHERE_OUT, '**/*.int.test.ts', '**/*.eng.test.ts'],
          environment: 'node',
          retry: SECOND_TRY,
          // Only against hanging: a busy machine is no fault of the code.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.int.test.ts'],
          exclude: EVERYWHERE_OUT,
          environment: 'node',
          retry: SECOND_TRY,
          globalSetup: ['./scripts/lib/test-postgres.ts'],
          // Cloning a database and starting real parts takes longer than a pure test may.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['**/*.eng.test.ts'],
          exclude: EVERYWHERE_OUT,
          environment: 'node',
          retry: SECOND_TRY,
          globalSetup: ['./scripts/lib/test-postgres.ts', './scripts/lib/shared-rgw.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
