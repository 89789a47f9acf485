import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ jobId: z.uuid() });

/** A job is waiting. Which one starts is decided by the order of the queue and the free places, not by this message. */
export const submitJob: TaskDefinition<z.infer<typeof payload>> = {
  name: 'submit-job',
  payload,
  async run({ runLoop }) {
    runLoop.wake();
  },
};
