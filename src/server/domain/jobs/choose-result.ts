import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { dropChoice, lockDataset, resultRow, setResult } from './dataset-result.repository.ts';
import { decideResult } from './dataset-result.ts';
import type { JobViewRow } from './job.repository.ts';
import { announceJob } from './job-events.ts';

/** How people say which job's result stands for a dataset, against the rules, and leave it to them again. */
export function createResultChoice({
  db,
  requireJob,
}: {
  db: Database;
  requireJob: (ctx: ServiceContext, jobId: string) => Promise<JobViewRow>;
}) {
  async function requireOfDataset(ctx: ServiceContext, jobId: string) {
    const row = await requireJob(ctx, jobId);
    await requireExperiment(db, ctx, row.experimentId, 'job.chooseResult');
    const { datasetId } = row;
    if (datasetId === null) {
      throw new AppError('CONFLICT', 'This job is not about one dataset: its result cannot stand for one.');
    }
    return { ...row, datasetId };
  }

  async function changed(
    tx: Transaction,
    ctx: ServiceContext,
    action: 'job.chooseResult' | 'job.dropResult',
    row: JobViewRow & { datasetId: string },
    formerJobId: string | null,
  ): Promise<void> {
    await decideResult(tx, ctx, row.datasetId);
    await recordAudit(tx, ctx, {
      ...{ action, entityKind: 'job', entityId: row.id, experimentId: row.experimentId },
      detail: { datasetId: row.datasetId, formerJobId },
    });
    for (const id of new Set([row.id, formerJobId])) {
      if (id !== null) await announceJob(tx, ctx, id === row.id ? row : { ...row, id }, row.instrumentId);
    }
  }

  return {
    /** From now on the numbers of this job stand for its dataset, whatever runs on it later. Members and above. */
    async chooseResult(ctx: ServiceContext, input: { jobId: string }): Promise<void> {
      const row = await requireOfDataset(ctx, input.jobId);
      await db.transaction(async (tx) => {
        const dataset = await lockDataset(tx, row.datasetId);
        if (dataset?.experimentId !== row.experimentId) {
          throw new AppError('CONFLICT', 'Its dataset is no longer in this experiment.');
        }
        if (row.state !== 'succeeded') {
          throw new AppError(
            'CONFLICT',
            'Only the result of a job that succeeded can stand for its dataset.',
          );
        }
        const before = await resultRow(tx, row.datasetId);
        if (before?.chosenAt && before.jobId === row.id) {
          throw new AppError('ALREADY_DONE', 'It is the chosen result already.');
        }
        await setResult(tx, row.datasetId, row.id, { by: actingPerson(ctx), at: ctx.now() });
        await changed(tx, ctx, 'job.chooseResult', row, before?.jobId ?? null);
      });
    },

    /** Leaves it to the rules again. ALREADY_DONE when the job is not the chosen one. */
    async dropResult(ctx: ServiceContext, input: { jobId: string }): Promise<void> {
      const row = await requireOfDataset(ctx, input.jobId);
      await db.transaction(async (tx) => {
        await lockDataset(tx, row.datasetId);
        if (!(await dropChoice(tx, row.datasetId, row.id))) {
          throw new AppError(
            'ALREADY_DONE',
            'Nobody has chosen it, or somebody has chosen another meanwhile.',
          );
        }
        await changed(tx, ctx, 'job.dropResult', row, null);
      });
    },
  };
}
