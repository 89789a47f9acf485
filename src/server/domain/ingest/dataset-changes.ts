import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '../../../shared/contracts/live-events.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import type { Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { gapsOfChannels, storedFrames } from './channel-frames.ts';
import { finishedState, gapsBelow, joinRanges } from './finished-state.ts';
import { enqueuePreviews } from './preview.repository.ts';
import { type DatasetRow, lastStoredFrame, updateDataset } from './series.repository.ts';

/** Tells the instrument and, when it has one, the experiment. Nothing but ids and numbers: other groups may stand at the instrument. */
export async function announceDataset(
  tx: Transaction,
  ctx: ServiceContext,
  row: Pick<
    DatasetRow,
    'id' | 'instrumentId' | 'experimentId' | 'state' | 'framesStored' | 'framesExpected' | 'sourceKind'
  >,
): Promise<void> {
  // Of a stream the agent makes them, ahead of the data.
  if (row.sourceKind !== 'stream' && row.framesStored > 0) await enqueuePreviews(tx, row.id);
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
  const { row, lastStored } = await countedByFrames(tx, before);
  const state: DatasetState = finishedState({
    expected: row.framesExpected,
    received: row.framesReceived ?? 0,
    stored: row.framesStored,
    lastStored,
    missing: row.missing,
    lost: row.lost,
    absentFiles: row.absentFiles,
    channelGaps: row.channelGaps,
  });
  if (state === row.state) return row;
  await updateDataset(tx, row.id, { state });
  await startTriggers(tx, row);
  return { ...row, state };
}

/** Lets the instrument's triggers look at an ended dataset. */
export async function startTriggers(
  tx: Transaction,
  row: Pick<DatasetRow, 'id' | 'instrumentId' | 'experimentId' | 'framesStored'>,
): Promise<void> {
  // Jobs belong to an experiment; data of the unassigned tray wait until somebody says whose they are.
  if (row.experimentId !== null && row.framesStored > 0)
    await raiseEvent(tx, row.instrumentId, { event: 'dataset.finished', datasetId: row.id });
}

/** The same of a dataset that was given to an experiment: there it begins now, and has ended. */
export async function startTriggersAnew(
  tx: Transaction,
  row: Pick<DatasetRow, 'id' | 'instrumentId' | 'experimentId' | 'framesStored'>,
): Promise<void> {
  if (row.experimentId !== null && row.framesStored > 0)
    await raiseEvent(tx, row.instrumentId, { event: 'dataset.started', datasetId: row.id });
  await startTriggers(tx, row);
}

/**
 * The dataset with what only the stored frames tell: which of them lack a channel, and, since of several agents none knows what the others
 * received, what is missing.
 */
async function countedByFrames(
  tx: Transaction,
  row: DatasetRow,
): Promise<{ row: DatasetRow; lastStored: number | null }> {
  const { channels, participants } = row;
  if (channels.length === 1 && participants === 1) {
    return { row, lastStored: await lastStoredFrame(tx, row.id, channels[0]!.name) };
  }
  const stored = await storedFrames(tx, row);
  const all = joinRanges(stored.flatMap(({ frames }) => frames));
  const lastStored = all.at(-1)?.[1] ?? null;
  const known = { missing: row.missing, channelGaps: row.channelGaps };
  const told = {
    missing: participants > 1 ? gapsBelow((lastStored ?? -1) + 1, [...all, ...row.lost]) : row.missing,
    channelGaps: gapsOfChannels(stored),
  };
  if (!isDeepStrictEqual(told, known)) await updateDataset(tx, row.id, told);
  return { row: { ...row, ...told }, lastStored };
}
