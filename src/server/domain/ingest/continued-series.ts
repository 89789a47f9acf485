import type { FrameRange } from '../../../shared/contracts/agent-api.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { storedFrames } from './channel-frames.ts';
import { announceDataset } from './dataset-changes.ts';
import { joinRanges, rangesWithout } from './finished-state.ts';
import { settleAgain } from './late-files.ts';
import { type DatasetRow, otherDatasetsOf, updateDataset } from './series.repository.ts';

/*
 * A series that goes on after its HUB had ended it (killed, and then nothing for longer than it waits) has its later frames in a dataset
 * of their own. Each of the two lacks what the other has, and nothing of that is missing.
 */

/** Clocks are compared again between the openings of the two. */
const SAME_START_MS = 1000;

/** The other datasets of the same acquisition of a stream. */
export async function continuationsOf(tx: Transaction, row: DatasetRow): Promise<string[]> {
  if (row.sourceKind !== 'stream' || row.participants > 1 || row.seriesUniqueId === '') return [];
  return otherDatasetsOf(tx, row, SAME_START_MS);
}

async function framesIn(tx: Transaction, row: DatasetRow): Promise<FrameRange[]> {
  return joinRanges((await storedFrames(tx, row)).flatMap(({ frames }) => frames));
}

/** What of these ranges none of the datasets has. */
export async function missingEverywhere(
  tx: Transaction,
  missing: readonly FrameRange[],
  others: readonly DatasetRow[],
): Promise<FrameRange[]> {
  let left = joinRanges(missing);
  for (const other of others) if (left.length > 0) left = rangesWithout(left, await framesIn(tx, other));
  return left;
}

/** Takes what the dataset has from what others of its acquisition call missing. Call with all of them locked. */
export async function tellOthers(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
  others: readonly DatasetRow[],
): Promise<void> {
  const lacking = others.filter(({ missing }) => missing.length > 0);
  if (lacking.length === 0) return;
  const stored = await framesIn(tx, row);
  for (const other of lacking) {
    const missing = rangesWithout(other.missing, stored);
    if (JSON.stringify(missing) === JSON.stringify(other.missing)) continue;
    await updateDataset(tx, other.id, { missing });
    await announceDataset(tx, ctx, await settleAgain(tx, ctx, { ...other, missing }));
  }
}
