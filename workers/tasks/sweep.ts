import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/**
 * Removes what nobody will ask for again: old live events and sign-in attempts, sessions long over, uploads given up, folders of ended runs. Has
 * moves and verifications that were given up tried again.
 */
export const sweep: TaskDefinition<z.infer<typeof payload>> = {
  name: 'sweep',
  payload,
  async run({ services }, ctx) {
    const { jobRuns, housekeeping, log } = services;
    const rows = await housekeeping.sweep(ctx);
    const runFolders = await jobRuns.sweepRuns();
    const resumed = await services.custody.resume(ctx);
    log.info({ ...rows, runFolders, resumed }, 'swept');
  },
};
