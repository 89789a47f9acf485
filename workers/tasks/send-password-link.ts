import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ email: z.string() });

/** Somebody asked for a new password: is there such an account? */
export const sendPasswordLink: TaskDefinition<z.infer<typeof payload>> = {
  name: 'send-password-link',
  payload,
  run: ({ services }, ctx, input) => services.people.sendPasswordLink(ctx, input),
};
