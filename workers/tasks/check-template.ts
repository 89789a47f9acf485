import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({ jobTemplateId: z.uuid() });

/** A template has a new version, or somebody installed something: does the machine have what it needs? */
export const checkTemplate: TaskDefinition<z.infer<typeof payload>> = {
  name: 'check-template',
  payload,
  run: ({ services }, ctx, input) => services.templateChecks.check(ctx, input),
};
