import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '../../../shared/contracts/live-events.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import type { Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { finishedState, gapsBelow } from './finished-state.ts';
import { rangesOfTable } from './frame-entries.ts';
import {
  type DatasetRow,
  enqueueTriggers,
  lastStoredFrame,
  storedTables,
  updateDataset,
} from './series.repository.ts';

/** Tells the instrument and, when it has one, the experiment. Nothing but ids and numbers: other groups may stand at the instrument. */
export async function announceDataset(
  tx: Transaction,
  ctx: ServiceContext,
  row: Pick<DatasetRow, 'id' | 'instrumentId' | 'experimentId' | 'state' | 'framesStored' | 'framesExpected'>,
): Promise<void> {
  const topics: Topic[] = [`instrument:${row.instrumentId}`];
  if (row.experimentId !== null) topics.push(`experiment:${row.experimentId}`);
  const { id: datasetId, state, framesStored, framesExpected } = row;
  await publish(tx, ctx, {
    topics,
    kind: 'dataset.changed',
    data: { datasetId, state, framesStored, framesExpected },
  });
}

/**
 * Gives an ended dataset the state its frames amount to now: at its end, and again when a file comes late. Returns the row as
 * it is then. Call with the dataset locked.
 */
export async function settleState(tx: Transaction, before: DatasetRow): Promise<DatasetRow> {
  const row = before.participants > 1 ? await withoutStored(tx, before) : before;
  const state: DatasetState = finishedState({
    expected: row.framesExpected,
    received: row.framesReceived ?? 0,
    stored: row.framesStored,
    lastStored: await lastStoredFrame(tx, row.id, row.channels[0]!.name),
    missing: row.missing,
    lost: row.lost,
    absentFiles: row.absentFiles,
  });
  if (state === row.state) return row;
  await updateDataset(tx, row.id, { state });
  await startTriggers(tx, row);
  return { ...row, state };
}

/** Lets the instrument's triggers look at an ended dataset. */
export async function startTriggers(
  tx: Transaction,
  row: Pick<DatasetRow, 'id' | 'experimentId' | 'framesStored'>,
): Promise<void> {
  // Jobs belong to an experiment; data of the unassigned tray wait until somebody says whose they are.
  if (row.experimentId !== null && row.framesStored > 0) await enqueueTriggers(tx, row.id);
}

/** Of several agents none knows what the others received: what is missing is told by the frames that are stored. */
async function withoutStored(tx: Transaction, row: DatasetRow): Promise<DatasetRow> {
  const stored = (await storedTables(tx, row.id, row.channels[0]!.name)).flatMap(rangesOfTable);
  const end = 1 + Math.max(-1, ...stored.map(([, last]) => last));
  const missing = gapsBelow(end, [...stored, ...row.lost]);
  if (!isDeepStrictEqual(missing, row.missing)) await updateDataset(tx, row.id, { missing });
  return { ...row, missing };
}
