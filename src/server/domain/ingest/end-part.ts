import type { FrameRange, SeriesEndRequest, SeriesEndResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { endDataset } from './end-dataset.ts';
import { gapsBelow, joinRanges } from './finished-state.ts';
import { rangesOfTable } from './frame-entries.ts';
import { type PartRow, partsOf, updatePart } from './part.repository.ts';
import { type DatasetRow, storedTables } from './series.repository.ts';

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
): Promise<DatasetRow> {
  const endings = parts.map(({ ending }) => ending!);
  return endDataset(tx, ctx, row, {
    ending: endings.find((ending) => ending !== 'end-message') ?? 'end-message',
    endedAt,
    framesReceived: parts.reduce((sum, part) => sum + (part.framesReceived ?? 0), 0),
    missing: [],
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
  return endWithParts(tx, ctx, row, parts, new Date(input.endedAt));
}

/** "…_data_000012.h5" → 12. */
const fileNumber = (path: string): number | null => {
  const digits = /_data_(\d+)\.h5$/.exec(path)?.[1];
  return digits === undefined ? null : Number(digits);
};

/**
 * What the master of an ended dataset has to name, for the one agent that is to write it: the last that told the end of its
 * part, since the others were answered before all was there. Null for the others, before the end, and when there is a master or nothing
 * to name.
 */
export async function masterFor(
  q: Queryable,
  row: DatasetRow,
  agentId: string,
): Promise<SeriesEndResponse['master']> {
  if (row.ending === null || row.masterFileId !== null) return null;
  const own = (await partsOf(q, row.id))
    .filter(({ framesReceived }) => framesReceived !== null)
    .sort((a, b) => a.endedAt!.getTime() - b.endedAt!.getTime());
  if (own.at(-1)?.agentId !== agentId) return null;
  const files = (await storedTables(q, row.id, row.channels[0]!.name)).flatMap((table) => {
    const number = fileNumber(table.path);
    if (number === null) return [];
    const { firstFrame, rows } = table;
    const before: FrameRange[] = firstFrame > 0 ? [[0, firstFrame - 1]] : [];
    const absent = gapsBelow(firstFrame + rows, [...before, ...rangesOfTable(table)]);
    return [{ number, rows, absent }];
  });
  return files.length === 0 ? null : { files };
}
