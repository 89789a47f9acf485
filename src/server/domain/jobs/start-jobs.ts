import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { networkLack } from '../templates/network-permission.ts';
import { lacking, requireUsable } from '../templates/use-template.ts';
import { fireTriggers } from '../triggers/fire-triggers.ts';
import { createJob } from './create-job.ts';
import { findJob } from './job.repository.ts';
import { offerRun, type RunOffer } from './offer-run.ts';
import { checkedInputs, needsDataset } from './template-use.ts';

export interface RunChoice {
  experimentId: string;
  /** What the run is about; a script may do without, or be told among its parameters. */
  datasetId?: string | null;
  templateSlug: string;
  /** Without it the usual one. */
  profileId?: string | null;
  /** The licence that is to pay; without it the rules decide. */
  licenceId?: string | null;
}

/** How jobs come to be: by triggers, and by people. */
export function createJobStarts({ db }: { db: Database }) {
  async function requireDatasetIn(ctx: ServiceContext, experimentId: string, datasetId: string) {
    const dataset = await requireDataset(db, ctx, datasetId, 'job.run');
    if (dataset.experimentId === experimentId) return dataset;
    throw new AppError('NOT_FOUND', 'There is no such dataset in this experiment.');
  }

  /** The experiment, the dataset in it, the template: what a run of a member is about. */
  async function requireRun(ctx: ServiceContext, input: RunChoice) {
    const experiment = await requireExperiment(db, ctx, input.experimentId, 'job.run');
    const datasetId = input.datasetId ?? null;
    if (datasetId !== null) await requireDatasetIn(ctx, experiment.id, datasetId);
    return {
      ...{ experiment, datasetId },
      template: await requireUsable(db, ctx, input.templateSlug, experiment.id),
    };
  }

  return {
    /**
     * Starts what the instrument's triggers want of a finished dataset: one job per trigger, dataset and state of it. Returns the jobs made now.
     * A dataset that still grows, or belongs to nobody yet, starts none; the event comes again when that changes.
     */
    async startTriggered(ctx: ServiceContext, input: { datasetId: string }): Promise<{ jobIds: string[] }> {
      return fireTriggers(db, ctx, { event: 'dataset.finished', datasetId: input.datasetId });
    },

    /** Runs a template. Members and above. NOT_COVERED with what is missing when nobody pays, CONFLICT where the machine lacks what it needs. */
    async runTemplate(
      ctx: ServiceContext,
      input: RunChoice & {
        parameters?: Record<string, unknown>;
        /** The job of the experiment that this one repeats. */
        parentJobId?: string | null;
        /** Tries a template out: whatever else waits goes before it. */
        isTest?: boolean;
      },
    ): Promise<{ jobId: string }> {
      const { experiment, template, ...asked } = await requireRun(ctx, input);
      const parentId = input.parentJobId ?? null;
      const parent = parentId === null ? null : await findJob(db, parentId);
      if (parentId !== null && parent?.experimentId !== experiment.id) {
        throw new AppError('NOT_FOUND', 'There is no such job in this experiment to repeat.');
      }
      const lack = lacking(template) ?? (await networkLack(db, template, experiment.id));
      if (lack) throw lack;
      const run = { experimentId: experiment.id, template, datasetId: asked.datasetId };
      const { parameters, datasetId } = await checkedInputs(db, run, input.parameters ?? {});
      if (datasetId === null && needsDataset(template)) {
        throw new AppError('BAD_INPUT', `Choose the dataset that ${template.name} is to run on.`);
      }
      const dataset = datasetId === null ? null : await requireDatasetIn(ctx, experiment.id, datasetId);
      const row = await db.transaction((tx) =>
        createJob(tx, ctx, {
          experimentId: experiment.id,
          facilityId: experiment.facilityId,
          instrumentId: experiment.instrumentId,
          ...{ dataset, template, parameters },
          trigger: null,
          startedBy: actingPerson(ctx),
          parentId,
          priority: input.isTest ? 'test' : experiment.state === 'running' ? 'beam-time' : 'standard',
          profileId: input.profileId ?? null,
          licenceId: input.licenceId ?? null,
        }),
      );
      // Only a trigger's unique key can refuse a job.
      if (!row) throw new AppError('CONFLICT');
      return { jobId: row.id };
    },

    /** What running a template on a dataset would cost, who would pay, and why it cannot be started. For whoever may run it. */
    async offer(ctx: ServiceContext, input: RunChoice): Promise<RunOffer> {
      const { experiment, template } = await requireRun(ctx, input);
      const { profileId = null, licenceId = null } = input;
      return offerRun(db, ctx, { experiment, template, profileId, licenceId });
    },
  };
}
