import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { fingerprint } from '#hub/testing/told-series.ts';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import { FRAME_ENTRY_BYTES } from '#src/shared/contracts/frame-index.ts';
import type { Channel } from '#src/shared/contracts/geometry.ts';
import type { Finding, FindingKind } from './findings.ts';
import { type SeriesEntry, TRAY } from './ledger.ts';
import type { ReadableStore, StoredDataset, StoredTable, StoreView } from './store-view.ts';

const isIn = (frame: number, ranges: readonly FrameRange[]) =>
  ranges.some(([first, last]) => frame >= first && frame <= last);

/** "3, 7, 8 …": enough to find them. */
const someOf = (frames: readonly number[]) =>
  `${frames.slice(0, 8).join(', ')}${frames.length > 8 ? ` … (${frames.length})` : ''}`;

/** Fingerprint of every frame of a table, from the bytes in the store; null where they do not decode. */
function framesOfTable(
  table: StoredTable,
  file: string,
  { filter, dtype, shape }: Channel,
): Map<number, string | null> {
  const frames = new Map<number, string | null>();
  const fd = openSync(file, 'r');
  try {
    for (let row = 0; row < table.rows; row++) {
      const offset = Number(table.entries.readBigUInt64LE(row * FRAME_ENTRY_BYTES));
      const sizeBytes = table.entries.readUInt32LE(row * FRAME_ENTRY_BYTES + 8);
      if (sizeBytes === 0) continue;
      const bytes = new Uint8Array(sizeBytes);
      const read = readSync(fd, bytes, 0, sizeBytes, offset);
      frames.set(table.firstFrame + row, read === sizeBytes ? print(bytes) : null);
    }
  } finally {
    closeSync(fd);
  }
  return frames;

  function print(bytes: Uint8Array): string | null {
    try {
      return fingerprint(decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] }));
    } catch {
      // Whatever it throws: these are not the bytes of a frame.
      return null;
    }
  }
}

interface ChannelFrames {
  /** Frames whose stored pixels are those handed over. */
  right: Set<number>;
  wrong: number[];
  twice: number[];
}

function readChannel(
  view: ReadableStore,
  datasets: readonly StoredDataset[],
  channel: string,
  sent: ReadonlyMap<number, string>,
): ChannelFrames {
  const found: ChannelFrames = { right: new Set(), wrong: [], twice: [] };
  for (const dataset of datasets) {
    const layout = dataset.channels.find(({ name }) => name === channel);
    if (!layout) continue;
    for (const table of view.tables) {
      if (table.datasetId !== dataset.id || table.channel !== channel) continue;
      const file = view.files.find(({ id }) => id === table.fileId);
      // What is recorded and not there is told by the objects' judge; the frames are then absent.
      if (!file || !view.objects.includes(file.storeKey)) continue;
      for (const [frame, stored] of framesOfTable(table, path.join(view.folder, file.storeKey), layout)) {
        if (stored !== sent.get(frame)) found.wrong.push(frame);
        else if (found.right.has(frame)) found.twice.push(frame);
        else found.right.add(frame);
      }
    }
  }
  return found;
}

/** Frames of a channel that a screen names as not there. */
const namedBy = (datasets: readonly StoredDataset[], channel: string): FrameRange[] =>
  datasets.flatMap(({ missing, lost, channelGaps }) => [
    ...missing,
    ...lost,
    ...channelGaps.filter((gap) => gap.channel === channel).flatMap(({ frames }) => frames),
  ]);

/** Whether every frame handed over is in the store exactly once, in the right place, with the right pixels, or is named where it may lack. */
export function judgeSeries(entry: SeriesEntry, view: ReadableStore): Finding[] {
  const findings: Finding[] = [];
  const tell = (kind: FindingKind, count: number, what: string) => {
    if (count > 0) findings.push({ kind, count, what: `${entry.prefix}: ${what}` });
  };
  const datasets = view.datasets.filter(({ seriesUniqueId }) => seriesUniqueId === entry.seriesUniqueId);
  if (entry.fate !== 'stored') {
    tell('untrue', datasets.length, `is in the store and was to be ${entry.fate}`);
    if (entry.fate === 'given-up' && !view.reports.some((report) => givesUp(report, entry)))
      tell('unreported', handedOver(entry), 'was given up, and no report names it');
    return findings;
  }
  for (const [channel, sent] of entry.frames) {
    const { right, wrong, twice } = readChannel(view, datasets, channel, sent);
    const named = namedBy(datasets, channel);
    tell('lost', wrong.length, `pixels of ${channel} are not those handed over: frames ${someOf(wrong)}`);
    tell('misplaced', twice.length, `${channel} is stored twice: frames ${someOf(twice)}`);
    const absent = [...sent.keys()].filter((frame) => !right.has(frame) && !wrong.includes(frame));
    const lost = absent.filter((frame) => !isIn(frame, entry.mayLack));
    tell('lost', lost.length, `${channel} lacks frames that nothing may have lost: ${someOf(lost)}`);
    const silent = absent.filter((frame) => !isIn(frame, named));
    tell('unreported', silent.length, `${channel} lacks frames that nobody names: ${someOf(silent)}`);
    const last = Math.max(-1, ...sent.keys());
    const gaps = Array.from({ length: last + 1 }, (_, frame) => frame).filter((frame) => !sent.has(frame));
    const hidden = gaps.filter((frame) => !isIn(frame, named));
    tell(
      'unreported',
      hidden.length,
      `${channel} has gaps of its source that nobody names: ${someOf(hidden)}`,
    );
    const denied = [...right].filter((frame) => isIn(frame, named));
    tell('untrue', denied.length, `${channel} has frames that are called missing: ${someOf(denied)}`);
  }
  for (const dataset of datasets) {
    const place = dataset.experimentCode ?? TRAY;
    if (!entry.places.includes(place)) {
      const why = dataset.unassignedReason === null ? '' : ` (${dataset.unassignedReason})`;
      tell(
        'misplaced',
        Math.max(1, dataset.framesStored),
        `is in ${place}${why}, not in ${entry.places.join(' or ')}`,
      );
    }
    tell(
      'untrue',
      wrongState(dataset, entry, view) ? 1 : 0,
      `its state "${dataset.state}" is not what is stored`,
    );
    const hasData = view.files.some(({ datasetId, kind }) => datasetId === dataset.id && kind === 'data');
    if (hasData && dataset.masterFileId === null) tell('unreported', 1, 'has data files and no master');
  }
  return findings;
}

const givesUp = ({ code, message }: StoreView['reports'][number], { prefix }: SeriesEntry) =>
  code === 'held-given-up' && message.includes(prefix);

const handedOver = ({ frames }: SeriesEntry) => Math.max(...[...frames.values()].map(({ size }) => size));

/** Whether the agents name as held at least as much as is held: frames are not told, series as files and bytes. */
export function judgeHeldSeries(entries: readonly SeriesEntry[], view: StoreView): Finding[] {
  const held = entries.filter(({ fate }) => fate === 'held');
  const named = view.agents.flatMap(({ status }) => status?.held ?? []);
  if (held.length === 0 || named.some(({ bytes, files }) => bytes > 0 && files >= held.length)) return [];
  return [
    { kind: 'unreported', count: held.length, what: 'series are held, and the cockpit does not say so' },
  ];
}

/** Compares the state of a dataset with the frames that its tables hold of every channel. */
function wrongState(dataset: StoredDataset, entry: SeriesEntry, view: StoreView): boolean {
  const channelsOf = new Map<number, number>();
  for (const table of view.tables) {
    if (table.datasetId !== dataset.id) continue;
    for (let row = 0; row < table.rows; row++) {
      if (table.entries.readUInt32LE(row * FRAME_ENTRY_BYTES + 8) === 0) continue;
      const frame = table.firstFrame + row;
      channelsOf.set(frame, (channelsOf.get(frame) ?? 0) + 1);
    }
  }
  const stored = [...channelsOf.values()].filter((channels) => channels >= dataset.channels.length).length;
  if (stored !== dataset.framesStored || dataset.state === 'receiving') return true;
  const all = dataset.framesExpected !== null && stored >= dataset.framesExpected;
  return all !== (dataset.state === 'complete') || (all && stored > entry.announced);
}
