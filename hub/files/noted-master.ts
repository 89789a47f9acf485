import type { FrameRange, SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type {
  Acquired,
  AttachFilesRequest,
  FileDatasetOpenRequest,
} from '#src/shared/contracts/agent-files.ts';
import { rangeLength } from '#src/shared/model/frame-words.ts';
import { gapsBetween } from './frame-gaps.ts';
import type { Continuity } from './goes-on.ts';
import type { DataFacts, MasterFacts } from './hdf5-inspect.ts';
import { pathOfLink, stemOf } from './master-links.ts';
import { type PathBytes, safePath, splitPath } from './path-bytes.ts';

/** A data file that a master names. */
export interface LinkedFile {
  /** As the master names it. */
  name: string;
  object: string;
  /** Below the watched folder; null when it lies elsewhere. */
  path: PathBytes | null;
  /** Frames that it fills, as the master says it. */
  frames?: FrameRange | null;
  /** It holds parts of the images of another file, which stands for both. */
  isPart?: boolean;
  facts: DataFacts | null;
  /** Upload that was attached; a rewrite is not attached again, it is a version of the same file. */
  attachedId: string | null;
  /** The server does not take it as part of the dataset: no more is done about it. */
  isRefused?: boolean;
}

/** As it is noted in the journal. */
export interface NotedMaster {
  kind: 'hdf5-master';
  path: PathBytes;
  seriesKey: string;
  /** Upload of the master. */
  masterId: string;
  facts: MasterFacts;
  files: LinkedFile[];
  request: FileDatasetOpenRequest | null;
  datasetId: string | null;
  isMasterAttached: boolean;
  state: 'open' | 'ended';
  /** Own clock; null while it goes on. Set and still open: another acquisition has its names since, and its end is to be told. */
  endedMs: number | null;
}

export interface Master extends NotedMaster {
  lastProgressMs: number;
  /** Null before anything is known of its frames. */
  continuity: Continuity | null;
}

export interface AttachedFile {
  /** Null: the master, when there are no images in it. */
  file: LinkedFile | null;
  told: AttachFilesRequest['files'][number];
}

export const isAwaited = ({ attachedId, isRefused }: LinkedFile) => attachedId === null && !isRefused;
/** How many frames it fills, as far as anything says it. */
const framesOf = ({ frames, facts }: LinkedFile) =>
  frames ? frames[1] - frames[0] + 1 : (facts?.frames ?? 0);

const MASTER_NAME = /\.(h5|hdf5|hdf|nxs)$/i;
/** Data files name nobody; they are not opened to find that out. */
const DATA_NAME = /_data_\d+\.h5$/i;

export function mayBeMaster(path: PathBytes): boolean {
  const { name } = splitPath(path);
  return MASTER_NAME.test(name) && !DATA_NAME.test(name);
}

/** The files that a master names, none of them looked at yet. */
export function linkedFilesOf(path: PathBytes, facts: MasterFacts): LinkedFile[] {
  if (facts.own !== null) {
    const { name } = splitPath(path);
    return [{ name, object: '', path, frames: null, facts: facts.own, attachedId: null }];
  }
  return facts.files.map(({ file, ...named }) => ({
    ...{ name: file, ...named, path: pathOfLink(path, file) },
    ...{ facts: null, attachedId: null },
  }));
}

/** What the server is asked to open; null before a data file has told what frames look like. */
export function masterRequestOf(
  { seriesKey, path, facts, files }: NotedMaster,
  source: string,
  acquired: Acquired,
): FileDatasetOpenRequest | null {
  const known = files.find((file) => file.facts !== null);
  if (known === undefined) return null;
  const { channel, channels } = known.facts!;
  const shown = channels ?? [{ name: 'default', ...channel, ...facts.image }];
  const [rows, columns] = shown[0]!.shape;
  return {
    seriesKey,
    kind: 'hdf5-master',
    source,
    stem: safePath(stemOf(path)),
    acquired,
    detector: facts.detector ?? 'HDF5 files',
    detectorSerialNumber: facts.detectorSerialNumber,
    framesExpected: facts.framesExpected,
    // The last file may hold fewer.
    framesPerFile: files.reduce((most, file) => Math.max(most, framesOf(file)), 1),
    channels: shown,
    geometry: { ...facts.geometry, imageSizeXPx: columns, imageSizeYPx: rows },
    sampleName: facts.sampleName,
  };
}

/** Frames in a file that was looked into. */
export function rangeOf({ files, request }: NotedMaster, index: number): FrameRange {
  const { facts, frames } = files[index]!;
  if (frames) return [frames[0], Math.min(frames[1], frames[0] + facts!.frames - 1)];
  const { imageLow } = facts!;
  const first = imageLow === null ? index * request!.framesPerFile : imageLow - 1;
  return [first, first + facts!.frames - 1];
}

/** The first of them by name, and how many more. */
export function namedBriefly(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
}

/**
 * Which of its files its dataset lacks; null: none.
 * @param isStored whether a file came; one that came and is lacking could not be read
 */
export function lackingWords({ files }: NotedMaster, isStored: (file: LinkedFile) => boolean): string | null {
  const lacking = files.filter(isAwaited);
  const unread = new Set(lacking.filter(isStored));
  const namesOf = (some: readonly LinkedFile[]) => namedBriefly(some.map(({ name }) => name));
  const words = [
    { some: lacking.filter((file) => !unread.has(file)), what: 'did not come' },
    { some: [...unread], what: 'came and cannot be read as frames' },
  ];
  const said = words
    .filter(({ some }) => some.length > 0)
    .map(({ some, what }) => `${namesOf(some)} ${what}`);
  return said.length === 0 ? null : said.join('; ');
}

const MAX_ABSENT = 1000;

/** What is told at the end: what its files hold, and which of them have not come or cannot be read. */
export function endOf(
  master: NotedMaster,
  ending: SeriesEndRequest['ending'],
  nowMs: number,
): SeriesEndRequest {
  const ranges = master.files.flatMap((file, index) =>
    file.attachedId === null || file.isPart ? [] : [rangeOf(master, index)],
  );
  const absent = master.files.filter(isAwaited).map(({ name }) => name);
  return {
    endedAt: new Date(master.endedMs ?? nowMs).toISOString(),
    ending,
    framesReceived: rangeLength(ranges),
    missing: gapsBetween(ranges),
    lost: [],
    absentFiles: absent.slice(0, MAX_ABSENT).map((name) => name.slice(0, 1000)),
  };
}
