import type { ParameterValues } from '../../../shared/contracts/job-template.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import { suffixedPath } from '../../../shared/model/store-path.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { enqueueSubmit, insertJob, isFolderTaken, type JobRow, lockOutputs } from './job.repository.ts';
import { announceJob } from './job-events.ts';
import type { TemplateRow } from './job-template.repository.ts';

export interface NewJob {
  experimentId: string;
  instrumentId: string;
  dataset: { id: string; base: string };
  template: TemplateRow;
  /** Of a job that a trigger starts; `state` is the dataset's, for which it starts. */
  trigger: { id: string; state: DatasetState } | null;
  startedBy: string | null;
  parameters: ParameterValues;
}

/** `processed/<dataset>/<template>`, or the first free number behind it: results of earlier jobs stay. */
async function chooseFolder(tx: Transaction, input: NewJob): Promise<string> {
  const dataset = input.dataset.base.replace(/^raw\//, '');
  const wanted = `processed/${dataset}/${input.template.slug}`;
  for (let n = 1; ; n++) {
    const folder = suffixedPath(wanted, n);
    if (!(await isFolderTaken(tx, input.experimentId, folder))) return folder;
  }
}

/**
 * Makes a job and asks the queue to start it, all in the transaction. Null when the trigger started its job for this dataset in
 * this state before: the unique key decides, however often and from however many workers the event comes.
 */
export async function createJob(tx: Transaction, ctx: ServiceContext, input: NewJob): Promise<JobRow | null> {
  await lockOutputs(tx, input.experimentId);
  const outputPath = await chooseFolder(tx, input);
  const row = await insertJob(tx, {
    id: ctx.newId(),
    experimentId: input.experimentId,
    datasetId: input.dataset.id,
    templateId: input.template.id,
    triggerId: input.trigger?.id ?? null,
    triggerState: input.trigger?.state ?? null,
    startedBy: input.startedBy,
    state: 'queued',
    parameters: input.parameters,
    driver: 'process',
    outputPath,
    createdAt: ctx.now(),
  });
  if (!row) return null;
  await enqueueSubmit(tx, row.id);
  await recordAudit(tx, ctx, {
    action: 'job.create',
    entityKind: 'job',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: { template: input.template.slug, version: input.template.version, base: input.dataset.base },
  });
  await announceJob(tx, ctx, row, input.instrumentId);
  return row;
}
