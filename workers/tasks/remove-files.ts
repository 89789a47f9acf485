import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/** Removes files whose deletion was granted and whose date has come. */
export const removeFiles: TaskDefinition<z.infer<typeof payload>> = {
  name: 'remove-files',
  payload,
  async run({ services }, ctx) {
    await services.files.removeGranted(ctx);
  },
};
