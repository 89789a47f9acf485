import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { announceDataset, settleState } from './dataset-changes.ts';
import { type DatasetRow, endAcquisition, updateDataset } from './series.repository.ts';

/** What is known when the source of a dataset, or the last of its sources, has ended. */
export type Ended = Pick<
  DatasetRow,
  'ending' | 'endedAt' | 'framesReceived' | 'missing' | 'lost' | 'absentFiles'
>;

/** Ends a dataset with the state its frames amount to. Call with the dataset locked. */
export async function endDataset(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
  changes: Ended,
): Promise<DatasetRow> {
  await updateDataset(tx, row.id, changes);
  await endAcquisition(tx, row.acquisitionId, changes.endedAt!);
  const ended = await settleState(tx, { ...row, ...changes });
  await recordAudit(tx, ctx, {
    action: 'dataset.end',
    entityKind: 'dataset',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: {
      ending: changes.ending,
      state: ended.state,
      framesReceived: changes.framesReceived,
      framesStored: row.framesStored,
      missing: ended.missing.length,
      lost: changes.lost.length,
      absentFiles: changes.absentFiles.length,
    },
  });
  await announceDataset(tx, ctx, ended);
  return ended;
}
