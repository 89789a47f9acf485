import type { FrameRange, SeriesEndRequest } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { endDataset } from './end-dataset.ts';
import { joinRanges } from './finished-state.ts';
import { type PartRow, partsOf, updatePart } from './part.repository.ts';
import type { DatasetRow } from './series.repository.ts';

/** All who take part have opened and ended. */
const isOver = (row: DatasetRow, parts: readonly PartRow[]): boolean =>
  parts.length >= row.participants && parts.every(({ ending }) => ending !== null);

/** The dataset ends as the first of its parts whose source did not say the end itself; what is missing is told by the stored frames. */
export async function endWithParts(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
  parts: readonly PartRow[],
  endedAt: Date,
  missing: FrameRange[] = [],
): Promise<DatasetRow> {
  const endings = parts.map(({ ending }) => ending!);
  return endDataset(tx, ctx, row, {
    ending: endings.find((ending) => ending !== 'end-message') ?? 'end-message',
    endedAt,
    framesReceived: parts.reduce((sum, part) => sum + (part.framesReceived ?? 0), 0),
    missing,
    lost: joinRanges(parts.flatMap(({ lost }) => lost)),
    absentFiles: [],
  });
}

/** Now, and after every end that was told before: the order in which agents told is the one that counts, not their clocks. */
function afterAll(ctx: ServiceContext, parts: readonly PartRow[]): Date {
  const before = Math.max(0, ...parts.map(({ endedAt }) => endedAt?.getTime() ?? 0));
  return new Date(Math.max(ctx.now().getTime(), before + 1));
}

/**
 * Ends what one of several agents received. A second end of it changes nothing, unless the first was ours (`endSilentParts`). Call with the
 * dataset locked.
 */
export async function endPart(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
  agentId: string,
  input: SeriesEndRequest,
): Promise<DatasetRow> {
  const known = await partsOf(tx, row.id);
  const part = known.find((one) => one.agentId === agentId);
  if (!part) throw new AppError('NOT_FOUND', 'This agent receives no part of the dataset.');
  if (part.framesReceived !== null) return row;
  await updatePart(tx, part.seriesKey, {
    endedAt: afterAll(ctx, known),
    ending: input.ending,
    framesReceived: input.framesReceived,
    lost: joinRanges(input.lost),
  });
  await recordAudit(tx, ctx, {
    action: 'dataset.endPart',
    entityKind: 'dataset',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: { ending: input.ending, framesReceived: input.framesReceived },
  });
  const parts = await partsOf(tx, row.id);
  if (row.ending === null && !isOver(row, parts)) return row;
  // Of a part that did not fit into the dataset of the others its agent knows what is missing.
  const missing = row.participants === 1 ? joinRanges(input.missing) : [];
  return endWithParts(tx, ctx, row, parts, new Date(input.endedAt), missing);
}
