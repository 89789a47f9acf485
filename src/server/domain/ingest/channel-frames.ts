import type { ChannelGap } from '../../../shared/contracts/frame-index.ts';
import { rangeLength } from '../../../shared/model/frame-words.ts';
import type { Queryable } from '../../db/client.ts';
import { joinRanges, rangesWithout } from './finished-state.ts';
import { framesOfTable, rangesOfTable } from './frame-entries.ts';
import { type DatasetRow, storedTables } from './series.repository.ts';

type Table = { channel: string; firstFrame: number; rows: number; entries: Uint8Array };

/** Frames of one channel, as ranges in order. */
type FramesOfChannel = ChannelGap;

/** What each channel lacks of the frames that at least one of them has; channels that lack nothing are left out. */
export function gapsOfChannels(channels: readonly FramesOfChannel[]): ChannelGap[] {
  const all = joinRanges(channels.flatMap(({ frames }) => frames));
  return channels
    .map(({ channel, frames }) => ({ channel, frames: rangesWithout(all, frames) }))
    .filter(({ frames }) => frames.length > 0);
}

/** How many frames the tables of one file have of every channel of the dataset. All channels of a frame lie in the same file. */
export function wholeFrames({ channels }: Pick<DatasetRow, 'channels'>, tables: readonly Table[]): number {
  const ofChannel = (name: string) => tables.filter(({ channel }) => channel === name);
  if (channels.length === 1) {
    return ofChannel(channels[0]!.name).reduce((sum, table) => sum + framesOfTable(table), 0);
  }
  const stored = channels.map(({ name }) => ({
    channel: name,
    frames: joinRanges(ofChannel(name).flatMap(rangesOfTable)),
  }));
  const all = joinRanges(stored.flatMap(({ frames }) => frames));
  const lacking = joinRanges(gapsOfChannels(stored).flatMap(({ frames }) => frames));
  return rangeLength(all) - rangeLength(lacking);
}

/** The stored frames of every channel of a dataset. */
export async function storedFrames(
  q: Queryable,
  { id, channels }: Pick<DatasetRow, 'id' | 'channels'>,
): Promise<FramesOfChannel[]> {
  const stored: FramesOfChannel[] = [];
  for (const { name } of channels) {
    const tables = await storedTables(q, id, name);
    stored.push({ channel: name, frames: joinRanges(tables.flatMap(rangesOfTable)) });
  }
  return stored;
}
