import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/** Sums up what is kept, and says when it reaches what is licensed. */
export const watchStorage: TaskDefinition<z.infer<typeof payload>> = {
  name: 'watch-storage',
  payload,
  async run({ services }, ctx) {
    await services.storage.watch(ctx);
  },
};
