import type { FrameRange, SeriesEndResponse } from '../../../shared/contracts/agent-api.ts';
import type { Queryable } from '../../db/client.ts';
import { gapsBelow } from './finished-state.ts';
import { rangesOfTable } from './frame-entries.ts';
import { lastSeen, partsOf } from './part.repository.ts';
import { type DatasetRow, storedTables } from './series.repository.ts';

/** "…_data_000012.h5" → 12. */
const fileNumber = (path: string): number | null => {
  const digits = /_data_(\d+)\.h5$/.exec(path)?.[1];
  return digits === undefined ? null : Number(digits);
};

/**
 * Which of several agents is to write the master: the last that told the end of its part, since the others were answered before all
 * was there; when that one has fallen silent, the one before it. Null when none told an end.
 */
async function writerOf(
  q: Queryable,
  row: DatasetRow,
  askingId: string,
  silentSince: Date,
): Promise<string | null> {
  const told = (await partsOf(q, row.id))
    .filter(({ framesReceived }) => framesReceived !== null)
    .sort((a, b) => b.endedAt!.getTime() - a.endedAt!.getTime());
  for (const { agentId, endedAt } of told) {
    const isHeard = endedAt! >= silentSince || ((await lastSeen(q, agentId)) ?? 0) >= silentSince;
    if (agentId === askingId || isHeard) return agentId;
  }
  return null;
}

/** What the master of a dataset has to name: its data files, and the frames that they lack. */
async function dataFiles(q: Queryable, { id, channels }: DatasetRow) {
  return (await storedTables(q, id, channels[0]!.name)).flatMap((table) => {
    const number = fileNumber(table.path);
    if (number === null) return [];
    const { firstFrame, rows } = table;
    const before: FrameRange[] = firstFrame > 0 ? [[0, firstFrame - 1]] : [];
    const absent = gapsBelow(firstFrame + rows, [...before, ...rangesOfTable(table)]);
    return [{ number, rows, absent }];
  });
}

/**
 * What an agent that received a part of a series has to do for its master: write it, ask again later, or nothing.
 * @param silentSince who was not heard since then is not waited for
 */
export async function masterDuty(
  q: Queryable,
  row: DatasetRow,
  askingId: string,
  silentSince: Date,
): Promise<Pick<SeriesEndResponse, 'master' | 'awaitsMaster'>> {
  if (row.masterFileId !== null) return {};
  if (row.ending === null) return { awaitsMaster: true };
  const files = await dataFiles(q, row);
  if (files.length === 0) return {};
  const isWriter = (await writerOf(q, row, askingId, silentSince)) === askingId;
  return isWriter ? { master: { files } } : { awaitsMaster: true };
}
