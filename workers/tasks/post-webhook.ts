import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ deliveryId: z.uuid() });

/** Something waits to be posted to a webhook; tried again, further and further apart, until its receiver has taken it. */
export const postWebhook: TaskDefinition<z.infer<typeof payload>> = {
  name: 'post-webhook',
  payload,
  run: ({ services }, ctx, input) => services.webhookDelivery.deliver(ctx, input),
};
