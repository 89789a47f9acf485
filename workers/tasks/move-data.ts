import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ reassignmentId: z.uuid() });

/** Data were given to an experiment: their bytes follow. */
export const moveData: TaskDefinition<z.infer<typeof payload>> = {
  name: 'move-data',
  payload,
  run: ({ services }, ctx, input) => services.custody.moveData(ctx, input),
};
