import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { type AcquisitionRow, findAcquisition } from './announced.repository.ts';

/** The acquisition, when the caller may write those of its experiment. Throws NOT_FOUND for what is not there and for strangers, NOT_ALLOWED. */
export async function requireAcquisition(
  q: Queryable,
  ctx: ServiceContext,
  acquisitionId: string,
): Promise<AcquisitionRow & { experimentId: string }> {
  const hidden = new AppError('NOT_FOUND', 'There is no such acquisition, or it is not yours to see.');
  const row = isUuid(acquisitionId) ? await findAcquisition(q, acquisitionId) : null;
  if (!row || row.experimentId === null) throw hidden;
  try {
    await requireExperiment(q, ctx, row.experimentId, 'file.upload');
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw hidden;
    throw error;
  }
  return { ...row, experimentId: row.experimentId };
}
