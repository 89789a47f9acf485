import type { ParameterValues } from '../../../shared/contracts/parameter-values.ts';
import type { DatasetState, JobPriority } from '../../../shared/model/states.ts';
import { suffixedPath } from '../../../shared/model/store-path.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { reserve } from '../accounting/ledger.ts';
import { choosePayment } from '../accounting/sponsors.ts';
import { roomForResults } from '../accounting/storage.ts';
import type { ServiceContext } from '../context.ts';
import { analysisOver } from '../experiments/processing-window.ts';
import {
  enqueueSubmit,
  hasTriggered,
  insertJob,
  isFolderTaken,
  type JobRow,
  lockOutputs,
} from './job.repository.ts';
import { announceJob } from './job-events.ts';
import type { TemplateRow } from './job-template.repository.ts';
import { costOfRun } from './run-cost.ts';

export interface NewJob {
  experimentId: string;
  facilityId: string;
  instrumentId: string;
  /** What it is about; null: of a script that is told other things. */
  dataset: { id: string; base: string } | null;
  template: TemplateRow;
  /** Of a job that a trigger starts; `state` is the dataset's, where its end is what started it. */
  trigger: { id: string; state: DatasetState | null; onGrace: boolean } | null;
  /** Without it beam time of what a trigger starts, standard of the rest. */
  priority?: JobPriority;
  startedBy: string | null;
  /** The job of the same experiment that it repeats. */
  parentId?: string | null;
  parameters: ParameterValues;
  /** What a person chose; without it the usual profile, and who pays by the rules. */
  profileId?: string | null;
  licenceId?: string | null;
}

/**
 * `processed/<dataset>/<template>`, without a dataset `processed/<template>`, or a free number behind a taken one: results of earlier jobs stay. Found by doubling
 * and halving: the ten-thousandth job of a template asks a few dozen times and not ten thousand.
 */
async function chooseFolder(tx: Transaction, input: NewJob): Promise<string> {
  const dataset = input.dataset?.base.replace(/^raw\//, '');
  const wanted = ['processed', dataset, input.template.slug].filter((part) => part !== undefined).join('/');
  const isTaken = (n: number) => isFolderTaken(tx, input.experimentId, suffixedPath(wanted, n));
  let [taken, free] = [0, 1];
  while (await isTaken(free)) [taken, free] = [free, 2 * free];
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isTaken(middle)) taken = middle;
    else free = middle;
  }
  return suffixedPath(wanted, free);
}

/**
 * Makes a job and asks the queue to start it, all in the transaction. Null when the trigger started its job for this dataset in
 * this state before: the unique key decides, however often and from however many workers the event comes. When the processing window is over
 * a person is refused (PROCESSING_OVER); a trigger starts nothing, which the audit says. What it will hardly take more than is set aside with who
 * pays; where nobody can, or there is no room for results, a person is refused (NOT_COVERED), and what a trigger starts runs on grace
 * (`overAllowance`): a beam time is not stopped for money. A trigger that is not to is refused as a person is.
 */
export async function createJob(tx: Transaction, ctx: ServiceContext, input: NewJob): Promise<JobRow | null> {
  const over = await analysisOver(tx, ctx, input.experimentId);
  if (over && !input.trigger) throw over;
  if (over) {
    await recordAudit(tx, ctx, {
      action: 'job.refuse',
      entityKind: 'dataset',
      entityId: input.dataset?.id ?? null,
      experimentId: input.experimentId,
      detail: { triggerId: input.trigger?.id, why: over.message },
    });
    return null;
  }
  const full = input.trigger ? null : await roomForResults(tx, ctx, input.facilityId);
  if (full) throw full;
  await lockOutputs(tx, input.experimentId);
  // Asked before any licence is held: whoever ends that job holds its row and waits for the licence, and the insert would wait for the row.
  const { instrumentId, experimentId, dataset, template } = input;
  const { trigger } = input;
  const state = trigger?.state ?? null;
  if (trigger && dataset && state !== null) {
    if (await hasTriggered(tx, { id: trigger.id, state }, { experimentId, dataset })) return null;
  }
  const outputPath = await chooseFolder(tx, input);
  const cost = await costOfRun(tx, { instrumentId, template, wantedProfileId: input.profileId ?? null });
  const payment = await choosePayment(
    tx,
    ctx,
    {
      ...{ instrumentId, experimentId, templateSlug: template.slug },
      ...{ personId: input.startedBy, cpuMs: cost.cpuMs },
    },
    { wantedLicenceId: input.licenceId ?? null, grace: trigger?.onGrace ?? false },
  );
  const row = await insertJob(tx, {
    id: ctx.newId(),
    experimentId: input.experimentId,
    datasetId: input.dataset?.id ?? null,
    templateId: input.template.id,
    triggerId: trigger?.id ?? null,
    triggerState: state,
    priority: input.priority ?? (trigger ? 'beam-time' : 'standard'),
    startedBy: input.startedBy,
    parentId: input.parentId ?? null,
    state: 'queued',
    parameters: input.parameters,
    driver: 'process',
    profileId: cost.profileId,
    priceMilli: cost.priceMilli,
    licenceId: payment?.licenceId ?? null,
    sponsorshipRuleId: payment?.ruleId ?? null,
    reservedCpuMs: payment?.reservedCpuMs ?? 0,
    overAllowance: payment?.overAllowance ?? false,
    outputPath,
    createdAt: ctx.now(),
  });
  if (!row) return null;
  if (row.licenceId !== null) {
    await reserve(tx, ctx, {
      ...{ licenceId: row.licenceId, run: { kind: 'job', id: row.id }, cpuMs: row.reservedCpuMs },
      ...{ personId: row.startedBy, experimentId: row.experimentId, grace: row.overAllowance },
    });
  }
  await enqueueSubmit(tx, row.id);
  await recordAudit(tx, ctx, {
    action: 'job.create',
    entityKind: 'job',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: {
      ...{ template: template.slug, version: template.version, base: input.dataset?.base ?? null },
      ...{ licenceId: row.licenceId, reservedCpuMs: row.reservedCpuMs, overAllowance: row.overAllowance },
    },
  });
  await announceJob(tx, ctx, row, input.instrumentId);
  return row;
}
