import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ mailId: z.uuid() });

/** A mail waits to be sent; tried again, further and further apart, until the mail server has said yes or no. */
export const sendMail: TaskDefinition<z.infer<typeof payload>> = {
  name: 'send-mail',
  payload,
  run: ({ services }, ctx, input) => services.mailDelivery.deliver(ctx, input),
};
