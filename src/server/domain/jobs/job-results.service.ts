import { AppError } from '../../../shared/errors/app-error.ts';
import { JOB_FINAL_STATES } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { storedResult } from './job.repository.ts';
import type { JobsService } from './jobs.service.ts';
import { provisionalContent } from './provisional.repository.ts';
import { isShown, keptType } from './shown-results.ts';
import { createSpotRuns } from './spot-runs.ts';

export interface ShownResult {
  contentType: string;
  bytes: Uint8Array;
  /** Whether it may still change. */
  isProvisional: boolean;
}

/** Pictures and reports of jobs, for pages that show them: scripts wrote them, so whoever answers with them confines them. */
export function createJobResultsService(deps: {
  db: Database;
  store: Pick<ObjectStore, 'readRange' | 'signGet'>;
  jobs: Pick<JobsService, 'requireVisible'>;
}) {
  const { db, store, jobs } = deps;
  return {
    ...createSpotRuns({ db, store }),

    /** A picture or report by its path below the job's output folder, while it runs as it was seen last. NOT_FOUND for what is not shown. */
    async show(ctx: ServiceContext, input: { jobId: string; path: string }): Promise<ShownResult> {
      const row = await jobs.requireVisible(ctx, input.jobId);
      const contentType = keptType(input.path);
      const none = new AppError('NOT_FOUND', 'The job has no such picture or report.');
      // What no file name holds no database takes as text either.
      if (contentType === null || row.outputPath === null || input.path.includes('\0')) throw none;
      const stored = await storedResult(db, row.experimentId, `${row.outputPath}/${input.path}`);
      if (stored) {
        if (!isShown(stored)) throw none;
        const bytes = await store.readRange(stored.storeKey, 0, stored.sizeBytes);
        return { contentType, bytes, isProvisional: false };
      }
      const bytes = JOB_FINAL_STATES.includes(row.state)
        ? null
        : await provisionalContent(db, row.id, input.path);
      if (!bytes) throw none;
      return { contentType, bytes, isProvisional: true };
    },
  };
}

export type JobResultsService = ReturnType<typeof createJobResultsService>;
