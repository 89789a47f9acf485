import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import type { ComputeDriver } from './compute/compute.port.ts';
import { createProcessDriver } from './compute/process-driver.ts';
import type { ServerConfig } from './config/schema.ts';
import { isLoopbackHost } from './config/schema.ts';
import { type Container, createContainer } from './container.ts';
import { type AlarmWatch, createAlarmWatch } from './domain/alarms/alarm-watch.ts';
import { createWebhookDelivery, type WebhookDelivery } from './domain/alarms/deliver-webhook.ts';
import {
  createHousekeepingService,
  type HousekeepingService,
} from './domain/housekeeping/housekeeping.service.ts';
import { createPreviewWork, type PreviewWork } from './domain/ingest/make-previews.ts';
import { createJobRunsService, type JobRunsService } from './domain/jobs/job-runs.service.ts';
import { createMailDelivery, type MailDelivery } from './domain/mail/deliver-mail.ts';
import { createTemplateChecks, type TemplateChecks } from './domain/templates/template-checks.ts';
import { createMailDriver } from './mail/create-mail-driver.ts';
import { createWebhookDriver } from './webhook/create-webhook-driver.ts';

/**
 * What workers have beyond the other processes: the compute driver and the service that runs jobs with it. A part of the composition root
 * in a file of its own, so that the web app is not built with the means to start programs.
 */
export interface WorkerContainer extends Container {
  templates: readonly TemplateDefinition[];
  compute: ComputeDriver;
  jobRuns: JobRunsService;
  housekeeping: HousekeepingService;
  mailDelivery: MailDelivery;
  previews: PreviewWork;
  alarmWatch: AlarmWatch;
  webhookDelivery: WebhookDelivery;
  templateChecks: TemplateChecks;
}

export function createWorkerContainer(
  config: ServerConfig,
  name: string,
  templates = BUILT_IN_TEMPLATES,
): WorkerContainer {
  const container = createContainer(config, name);
  const { db, store, files, ingest, experiments, triggers, log } = container;
  const compute = createProcessDriver({
    runsDir: config.runsDir,
    logMaxBytes: config.jobLogMib * 1024 ** 2,
    allowUnconfined: isLoopbackHost(new URL(config.webUrl).hostname) && isLoopbackHost(config.host),
  });
  const jobRuns = createJobRunsService({ db, compute, store, files, templates, log });
  const housekeeping = createHousekeepingService({ db, ingest, experiments, triggers });
  const driver = createMailDriver(config);
  const mailDelivery = createMailDelivery({ db, driver, log, webUrl: config.webUrl });
  const alarmWatch = createAlarmWatch({ db, webUrl: config.webUrl });
  const webhookDelivery = createWebhookDelivery({
    ...{ db, driver: createWebhookDriver(config), log, secret: config.secret },
  });
  return {
    ...{ ...container, templates, compute, jobRuns, housekeeping, mailDelivery },
    previews: createPreviewWork({ db, store }),
    ...{ alarmWatch, webhookDelivery, templateChecks: createTemplateChecks({ db, compute, log }) },
  };
}
