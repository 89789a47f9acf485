import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Files that take longest, most of them because they wait for real processes. One that began among the last would keep the others waiting for it
 * alone; where nothing is known of earlier runs, as in CI, Vitest begins with the largest files, and these are not.
 */
export const LONG_FILES: readonly string[] = [
  'src/server/compute/process-driver.test.ts',
  'hub/licence.test.ts',
  'hub/slow-link.test.ts',
  'hub/killed-hub.test.ts',
  'src/server/api/rest/rest-matrix.int.test.ts',
  'workers/worker.int.test.ts',
  'src/server/api/canary.int.test.ts',
  'src/app/api/auth/provider/provider-sign-in.int.test.ts',
  'src/server/api/rest/rest-fuzz.int.test.ts',
  'src/testing/sync-executable.int.test.ts',
  'workers/trigger-faults.int.test.ts',
  'src/server/domain/alarms/alarms.int.test.ts',
  'templates/dials-full/dials-full.eng.test.ts',
  'src/testing/sync-package.eng.test.ts',
  'hub/simulator/index-dials.eng.test.ts',
  'templates/fast-feedback/dials-comparison.eng.test.ts',
  'src/server/storage/s3-store.eng.test.ts',
  'src/server/storage/s3-ways.eng.test.ts',
  'scripts/store/store-move.eng.test.ts',
];

/** Begins with the long ones, in that order; the others come as Vitest has them. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONG_FILES.indexOf(relative(ROOT, moduleId));
      return found < 0 ? LONG_FILES.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
