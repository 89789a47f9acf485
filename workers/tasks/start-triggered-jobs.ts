import { z } from 'zod';
import { raisedEventSchema } from '#src/server/domain/triggers/raise-event.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { TaskDefinition } from '../task.ts';

/** Written by an earlier version there is a dataset alone: it has finished. */
const payload = z.union([
  raisedEventSchema,
  z
    .strictObject({ datasetId: z.uuid() })
    .transform(({ datasetId }) => ({ event: 'dataset.finished' as const, datasetId })),
]);

/** Something has happened: what do the triggers start? */
export const startTriggeredJobs: TaskDefinition<z.infer<typeof payload>> = {
  name: 'start-triggered-jobs',
  payload,
  async run({ services, runLoop }, ctx, raised) {
    try {
      const { jobIds } = await services.triggers.fire(ctx, raised);
      if (jobIds.length > 0) runLoop.wake();
    } catch (error) {
      // Trying again would not bring it back.
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
      services.log.warn({ raised }, 'what triggers were to look at is gone: no jobs are started');
    }
  },
};
