import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/** Adds what came and went to the sizes and counts of folders. */
export const foldFolders: TaskDefinition<z.infer<typeof payload>> = {
  name: 'fold-folders',
  payload,
  async run({ services }, ctx) {
    await services.files.foldFolders(ctx);
  },
};
