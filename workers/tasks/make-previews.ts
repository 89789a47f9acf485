import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ datasetId: z.uuid() });

/** Small pictures of frames that other programs wrote. */
export const makePreviews: TaskDefinition<z.infer<typeof payload>> = {
  name: 'make-previews',
  payload,
  async run({ services }, ctx, input) {
    await services.previews.makePreviews(ctx, input);
  },
};
