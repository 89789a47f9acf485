import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { ExperimentAction } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { type DatasetRow, findDatasetRow } from './dataset.repository.ts';

/**
 * Returns the row when the caller may do this with it: it lies in an experiment or, where nobody could tell whose it is, in the
 * instrument's unassigned tray (staff only). Throws as `requireExperiment`; strangers are told NOT_FOUND in the very words that are
 * said of a row that is not there.
 */
export async function requireData<Row extends { experimentId: string | null; instrumentId: string }>(
  q: Queryable,
  ctx: ServiceContext,
  what: 'dataset' | 'file',
  row: Row | null,
  action: ExperimentAction,
): Promise<Row> {
  const hidden = new AppError('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
  // No scope lets a token see what belongs to nobody.
  if (!row || (row.experimentId === null && ctx.principal.kind === 'token')) throw hidden;
  try {
    if (row.experimentId !== null) await requireExperiment(q, ctx, row.experimentId, action);
    else await requireInstrument(q, ctx, row.instrumentId, 'instrument.unassigned');
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
    throw error;
  }
  return row;
}

/** The dataset, when the caller may do this with it. Throws NOT_FOUND for what is not there and for strangers. */
export async function requireDataset(
  q: Queryable,
  ctx: ServiceContext,
  datasetId: string,
  action: ExperimentAction,
): Promise<DatasetRow> {
  const row = isUuid(datasetId) ? await findDatasetRow(q, datasetId) : null;
  return requireData(q, ctx, 'dataset', row, action);
}
