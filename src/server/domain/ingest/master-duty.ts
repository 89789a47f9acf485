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

/** What the master of a dataset has to name: its data files, and the frames of which they have no channel. */
async function dataFiles(q: Queryable, { id, channels }: DatasetRow) {
  const files = new Map<number, { first: number; end: number; stored: FrameRange[] }>();
  for (const { name } of channels) {
    for (const table of await storedTables(q, id, name)) {
      const number = fileNumber(table.path);
      if (number === null) continue;
      const { firstFrame, rows } = table;
      const file = files.get(number) ?? { first: firstFrame, end: firstFrame, stored: [] };
      file.first = Math.min(file.first, firstFrame);
      file.end = Math.max(file.end, firstFrame + rows);
      file.stored.push(...rangesOfTable(table));
      files.set(number, file);
    }
  }
  return [...files]
    .map(([number, { first, end, stored }]) => {
      const before: FrameRange[] = first > 0 ? [[0, first - 1]] : [];
      return { number, rows: end - first, absent: gapsBelow(end, [...before, ...stored]) };
    })
    .sort((a, b) => a.number - b.number);
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
