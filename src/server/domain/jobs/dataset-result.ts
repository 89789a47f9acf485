import { templateMetricSchema } from '../../../shared/contracts/job-template.ts';
import { type RunOfDataset, resultOfDataset } from '../../../shared/model/best-result.ts';
import type { Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import {
  forgetResult,
  lockDataset,
  replaceNumbers,
  resultRow,
  setResult,
  succeededOn,
} from './dataset-result.repository.ts';

/** Of a dataset on which more has run, what is older counts no more unless somebody chose it. */
const RUNS_LOOKED_AT = 200;

/**
 * Looks which of the jobs that succeeded on a dataset stands for it (`shared/model/best-result.ts`) and keeps its numbers with the dataset. In the
 * transaction of what changed that: a job that succeeded, a choice made or taken back.
 */
export async function decideResult(tx: Transaction, ctx: ServiceContext, datasetId: string): Promise<void> {
  const row = await lockDataset(tx, datasetId);
  // In the tray of its instrument it has no jobs, and what they told of it stays with it.
  if (!row?.experimentId) return;
  const { experimentId } = row;
  const before = await resultRow(tx, datasetId);
  const chosenJobId = before?.chosenAt ? before.jobId : null;
  const rows = await succeededOn(tx, { datasetId, experimentId, chosenJobId, limit: RUNS_LOOKED_AT });
  const runs = rows.map(
    ({ declared, finishedAt, createdAt, ...run }): RunOfDataset => ({
      ...{ ...run, finishedAt: finishedAt ?? createdAt },
      kept: templateMetricSchema
        .array()
        .parse(declared)
        .filter(({ ofDataset }) => ofDataset)
        .map(({ name }) => name),
    }),
  );
  const { jobId, numbers } = resultOfDataset(runs, chosenJobId);
  if (jobId === null) await forgetResult(tx, datasetId);
  else if (jobId !== before?.jobId) await setResult(tx, datasetId, jobId);
  const names = [...new Set(runs.flatMap(({ kept }) => kept))];
  if (names.length > 0) await replaceNumbers(tx, datasetId, { names, numbers });
  if (names.length === 0 && jobId === (before?.jobId ?? null)) return;
  const { state, framesStored, framesExpected } = row;
  await publish(tx, ctx, {
    topics: [`experiment:${experimentId}`],
    kind: 'dataset.changed',
    data: { datasetId, state, framesStored, framesExpected },
  });
}
