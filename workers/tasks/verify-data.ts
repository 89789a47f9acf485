import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ verificationId: z.uuid() });

/** Somebody wants the store re-read: the next slice of it. */
export const verifyData: TaskDefinition<z.infer<typeof payload>> = {
  name: 'verify-data',
  payload,
  run: ({ services }, ctx, input) => services.custody.continueVerification(ctx, input),
};
