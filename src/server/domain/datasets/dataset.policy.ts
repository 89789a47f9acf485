import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { ExperimentAction } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { type DatasetRow, findDatasetRow } from './dataset.repository.ts';

/**
 * Passes when the caller may do this with something that lies in an experiment or, where nobody could tell whose it is, in the
 * instrument's unassigned tray (staff only). Throws as `requireExperiment`: strangers are told NOT_FOUND.
 */
export async function requireData(
  q: Queryable,
  ctx: ServiceContext,
  place: { experimentId: string | null; instrumentId: string } | null,
  action: ExperimentAction,
): Promise<void> {
  if (!place) throw new AppError('NOT_FOUND');
  if (place.experimentId !== null) await requireExperiment(q, ctx, place.experimentId, action);
  else await requireInstrument(q, ctx, place.instrumentId, 'instrument.unassigned');
}

/** The dataset, when the caller may do this with it. Throws NOT_FOUND for what is not there and for strangers. */
export async function requireDataset(
  q: Queryable,
  ctx: ServiceContext,
  datasetId: string,
  action: ExperimentAction,
): Promise<DatasetRow> {
  const row = isUuid(datasetId) ? await findDatasetRow(q, datasetId) : null;
  if (!row) throw new AppError('NOT_FOUND', 'There is no such dataset, or it is not yours to see.');
  await requireData(q, ctx, row, action);
  return row;
}
