import { z } from 'zod';
import type { TaskDefinition } from '../task.ts';

const payload = z.object({});

/**
 * Removes what nobody will ask for again: old live events and sign-in attempts, sessions long over, uploads given up, folders of ended runs, old mails, notifications and alarms. Has
 * moves and verifications that were given up tried again, previews made that are lacking, and looks whether the machine has what templates need.
 */
export const sweep: TaskDefinition<z.infer<typeof payload>> = {
  name: 'sweep',
  payload,
  async run({ services }, ctx) {
    const { jobRuns, housekeeping, log } = services;
    const rows = await housekeeping.sweep(ctx);
    const runFolders = await jobRuns.sweepRuns();
    const resumed = await services.custody.resume(ctx);
    const mails = await services.mailDelivery.sweep(ctx);
    // Deliveries first: they name the alarm they are about.
    const deliveries = await services.webhookDelivery.sweep(ctx);
    const alarms = await services.alarmWatch.sweep(ctx);
    const notifications = await services.notifications.sweep(ctx);
    const previews = await services.previews.sweep(ctx);
    await services.templateChecks.checkAll(ctx);
    log.info({ ...rows, runFolders, resumed, mails, deliveries, alarms, notifications, previews }, 'swept');
  },
};
