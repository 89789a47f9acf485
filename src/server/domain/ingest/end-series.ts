import type { SeriesEndRequest, SeriesEndResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { continuationsOf, missingEverywhere, tellOthers } from './continued-series.ts';
import { endDataset } from './end-dataset.ts';
import { endPart } from './end-part.ts';
import { joinRanges } from './finished-state.ts';
import { masterDuty } from './master-duty.ts';
import { findPart } from './part.repository.ts';
import { type DatasetRow, findDataset, lockDatasets } from './series.repository.ts';
import { silentSince } from './silent-parts.ts';

/**
 * Ends a series: what its agent received, missed and lost is kept, and the dataset gets its state. A second end changes nothing and
 * gets the state as it is; files that come later still count (`settleAgain`), and what another dataset of the same acquisition has is not missing. Of a series that several agents receive, the dataset ends
 * with the last of them, and one is told to write the master; the others ask again until there is one.
 */
export async function endSeries(
  db: Database,
  ctx: ServiceContext,
  input: SeriesEndRequest & { datasetId: string },
): Promise<SeriesEndResponse> {
  const agent = requireAgent(ctx);
  return db.transaction(async (tx) => {
    const found = await findDataset(tx, input.datasetId);
    const others = found ? await continuationsOf(tx, found) : [];
    const locked = await lockDatasets(tx, [input.datasetId, ...others]);
    const row = locked.get(input.datasetId);
    if (!row || row.instrumentId !== agent.instrumentId) {
      throw new AppError('NOT_FOUND', 'There is no such dataset.');
    }
    // Also of a part that became a dataset of its own: its agent waits to be told to write the master.
    const isShared = row.participants > 1 || (await findPart(tx, row.seriesKey)) !== null;
    const ended = isShared
      ? await endPart(tx, ctx, row, agent.agentId, input)
      : await endOnce(
          tx,
          ctx,
          row,
          input,
          [...locked.values()].filter((other) => other !== row),
        );
    const state = ended.state === 'receiving' ? 'incomplete' : ended.state;
    return isShared
      ? { state, ...(await masterDuty(tx, ended, agent.agentId, silentSince(ctx))) }
      : { state };
  });
}

async function endOnce(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
  input: SeriesEndRequest,
  others: readonly DatasetRow[],
): Promise<DatasetRow> {
  if (row.ending !== null) return row;
  const ended = await endDataset(tx, ctx, row, {
    ending: input.ending,
    endedAt: new Date(input.endedAt),
    framesReceived: input.framesReceived,
    missing: await missingEverywhere(tx, input.missing, others),
    lost: joinRanges(input.lost),
    absentFiles: input.absentFiles ?? [],
  });
  await tellOthers(tx, ctx, ended, others);
  return ended;
}
