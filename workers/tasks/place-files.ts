import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/** Brings the bytes of files that people renamed or moved where their paths say. */
export const placeFiles: TaskDefinition<z.infer<typeof payload>> = {
  name: 'place-files',
  payload,
  async run({ services }, ctx) {
    await services.files.placeFiles(ctx);
  },
};
