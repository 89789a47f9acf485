import type { SeriesEndRequest, SeriesEndResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { requireAgent } from '../agents/agents.service.ts';
import type { ServiceContext } from '../context.ts';
import { announceDataset, settleState } from './dataset-changes.ts';
import { joinRanges } from './finished-state.ts';
import { endAcquisition, lockDataset, updateDataset } from './series.repository.ts';

/**
 * Ends a series: what its agent received, missed and lost is kept, and the dataset gets its state. A second end changes nothing and
 * gets the state as it is; files that come later still count (`settleState`).
 */
export async function endSeries(
  db: Database,
  ctx: ServiceContext,
  input: SeriesEndRequest & { datasetId: string },
): Promise<SeriesEndResponse> {
  const agent = requireAgent(ctx);
  return db.transaction(async (tx) => {
    const row = await lockDataset(tx, input.datasetId);
    if (!row || row.instrumentId !== agent.instrumentId) {
      throw new AppError('NOT_FOUND', 'There is no such dataset.');
    }
    if (row.ending !== null) return { state: row.state === 'receiving' ? 'incomplete' : row.state };
    const changes = {
      ending: input.ending,
      endedAt: new Date(input.endedAt),
      framesReceived: input.framesReceived,
      missing: joinRanges(input.missing),
      lost: joinRanges(input.lost),
    };
    await updateDataset(tx, row.id, changes);
    await endAcquisition(tx, row.acquisitionId, changes.endedAt);
    const ended = await settleState(tx, { ...row, ...changes });
    await recordAudit(tx, ctx, {
      action: 'dataset.end',
      entityKind: 'dataset',
      entityId: row.id,
      experimentId: row.experimentId,
      detail: {
        ending: input.ending,
        state: ended.state,
        framesReceived: input.framesReceived,
        framesStored: row.framesStored,
        missing: changes.missing.length,
        lost: changes.lost.length,
      },
    });
    await announceDataset(tx, ctx, ended);
    return { state: ended.state === 'receiving' ? 'incomplete' : ended.state };
  });
}
