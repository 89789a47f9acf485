import { z } from 'zod';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ datasetId: z.uuid() });

/** A dataset has finished: what do the instrument's triggers start? */
export const startTriggeredJobs: TaskDefinition<z.infer<typeof payload>> = {
  name: 'start-triggered-jobs',
  payload,
  async run({ services, runLoop }, ctx, { datasetId }) {
    try {
      const { jobIds } = await services.jobs.startTriggered(ctx, { datasetId });
      if (jobIds.length > 0) runLoop.wake();
    } catch (error) {
      // Trying again would not bring the dataset back.
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
      services.log.warn({ datasetId }, 'a finished dataset is gone: no jobs are started');
    }
  },
};
