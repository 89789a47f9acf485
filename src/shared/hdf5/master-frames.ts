import type { RangeSource } from './byte-source.ts';
import { type FrameChunks, frameChunks, frameFormOf } from './frame-chunks.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import { type Hdf5Dataset, Hdf5File } from './hdf5-file.ts';
import type { AxisSelection, Selection, VirtualSource } from './virtual-sources.ts';

/*
 * Where the frames of a detector dataset lie: an NXmx master with links to its data files, with a virtual dataset over them (one channel or
 * several), with the images in itself, or a single stack. Files that are not there are named, not waited for.
 */

/** Frames of a channel that lie in one file, one behind the other. */
export interface FramePiece extends FrameChunks {
  /** As the master names it, relative to its folder; null: the master itself. */
  file: string | null;
  /** 0-based, in the dataset. */
  firstFrame: number;
}

export interface AbsentPiece {
  file: string | null;
  /** Why, for people. */
  reason: string;
  firstFrame: number | null;
  frames: number | null;
}

export interface LocatedChannel {
  name: string;
  /** Frames that the dataset has room for, there or not; null where only the files say it and some are absent. */
  frames: number | null;
  pieces: FramePiece[];
  absent: AbsentPiece[];
}

/** Opens a file beside the master; null: it is not there. */
export type OpenBeside = (file: string) => Promise<RangeSource | null>;

const GROUP = '/entry/data';
const NUMBERED = /^data_\d+$/;
const MAX_LINKS = 8;
const MAX_OPEN = 16;

/** Files by name, the latest kept open. */
class OpenFiles {
  private readonly openBeside: OpenBeside;
  private readonly files = new Map<string, Hdf5File | null>();
  readonly master: Hdf5File;
  readonly chunks = new Map<string, FrameChunks>();

  constructor(master: Hdf5File, openBeside: OpenBeside) {
    this.master = master;
    this.openBeside = openBeside;
  }

  async open(name: string | null): Promise<Hdf5File | null> {
    if (name === null) return this.master;
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const source = await this.openBeside(name);
    const file = source === null ? null : await Hdf5File.open(source);
    this.files.set(name, file);
    if (this.files.size > MAX_OPEN) this.files.delete(this.files.keys().next().value!);
    return file;
  }
}

/** Of a dataset that several parts of a view are taken from, its index is read once. */
async function chunksOf(
  files: OpenFiles,
  { file, hdf5, dataset }: Found,
  channel: number,
): Promise<FrameChunks> {
  const key = `${file ?? ''} ${dataset.address} ${channel}`;
  const known = files.chunks.get(key);
  if (known) return known;
  const chunks = await frameChunks(hdf5, dataset, channel);
  if (files.chunks.size >= MAX_OPEN) files.chunks.delete(files.chunks.keys().next().value!);
  files.chunks.set(key, chunks);
  return chunks;
}

interface Found {
  file: string | null;
  hdf5: Hdf5File;
  dataset: Hdf5Dataset;
}

/** A dataset behind links, also such as lead through several files. Throws Hdf5Error `absent` naming what is not there. */
async function follow(files: OpenFiles, file: string | null, object: string): Promise<Found> {
  let [at, path] = [file, object];
  for (let step = 0; step < MAX_LINKS; step++) {
    const hdf5 = await files.open(at);
    if (hdf5 === null) throw new Hdf5Error('absent', `The file ${at} is not there.`);
    const place = await hdf5.resolve(path);
    const where = at ?? 'the master';
    if (place === null) throw new Hdf5Error('absent', `There is no ${path} in ${where}.`);
    if (place.kind === 'object') {
      const dataset = await hdf5.datasetOf(place.header);
      if (dataset === null) throw new Hdf5Error('absent', `${path} in ${where} is no dataset.`);
      return { file: at, hdf5, dataset };
    }
    at = place.file === '' || place.file === '.' ? at : besideOf(at, place.file);
    path = place.object;
  }
  throw damaged(`${object} leads through too many files.`);
}

/** Names in a file count from its folder. */
function besideOf(file: string | null, name: string): string {
  const folder = file === null ? '' : file.slice(0, file.lastIndexOf('/') + 1);
  return name.startsWith('/') ? name : folder + name;
}

const isFrames = ({ shape }: Hdf5Dataset) => shape.length === 3 || shape.length === 4;

/** Everything in the group of images, by name; links into other files are followed. */
async function namesOf(master: Hdf5File): Promise<{ numbered: string[]; others: string[] }> {
  const names = await master.namesIn(GROUP);
  return {
    numbered: names.filter((name) => NUMBERED.test(name)),
    others: names.filter((name) => !NUMBERED.test(name)),
  };
}

/**
 * The channels of the dataset whose master this is. A master with a virtual dataset of frames and channels has those, named by the list
 * `channel` beside it; any other has one, `default`. Throws Hdf5Error where there are no frames at all.
 */
export async function locateFrames(source: RangeSource, openBeside: OpenBeside): Promise<LocatedChannel[]> {
  const master = await Hdf5File.open(source);
  const files = new OpenFiles(master, openBeside);
  const { numbered, others } = await namesOf(master);
  const views: Found[] = [];
  let single: Found | null = null;
  for (const name of others) {
    const dataset = await master.datasetOrNull(`${GROUP}/${name}`);
    if (dataset === null) continue;
    const found = { file: null, hdf5: master, dataset };
    if (dataset.layout.kind === 'virtual' && isFrames(dataset)) views.push(found);
    else if (name === 'data' && dataset.shape.length >= 2) single = found;
  }
  const view = views.find(({ dataset }) => dataset.shape.length === 4) ?? views[0];
  if (view) return channelsOfView(files, view.dataset);
  if (numbered.length > 0) return [await linkedFrames(files, numbered)];
  if (single) return channelsOfStack(single);
  if (others.includes('data')) return channelsOfStack(await follow(files, null, `${GROUP}/data`));
  throw new Hdf5Error('absent', `There are no images in ${GROUP}.`);
}

async function channelNames(master: Hdf5File, count: number): Promise<string[]> {
  const texts = count > 1 ? await master.list(`${GROUP}/channel`) : null;
  const named = texts?.length === count && texts.every((one) => typeof one === 'string' && one !== '');
  if (named) return texts as string[];
  return Array.from({ length: count }, (_, n) => (count === 1 ? 'default' : `channel_${n + 1}`));
}

async function channelsOfStack({ file, hdf5, dataset }: Found): Promise<LocatedChannel[]> {
  const { frames, channels } = frameFormOf(dataset);
  const names = await channelNames(hdf5, channels);
  const located: LocatedChannel[] = [];
  for (const [channel, name] of names.entries()) {
    const piece = { ...(await frameChunks(hdf5, dataset, channel)), file, firstFrame: 0 };
    located.push({ name, frames, pieces: [piece], absent: [] });
  }
  return located;
}

/** What cannot be read of one piece does not keep the others from it. */
async function orAbsent<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Hdf5Error) return error.message;
    throw error;
  }
}

/** Links `data_000001`, …: where a file does not say its first image (`image_nr_low`), it follows the one before. */
async function linkedFrames(files: OpenFiles, names: readonly string[]): Promise<LocatedChannel> {
  const channel: LocatedChannel = { name: 'default', frames: null, pieces: [], absent: [] };
  let next: number | null = 0;
  for (const name of names) {
    const place = await files.master.resolve(`${GROUP}/${name}`);
    const file = place?.kind === 'external' ? place.file : null;
    const found = await orAbsent(async () => {
      const at = await follow(files, null, `${GROUP}/${name}`);
      const target = await at.hdf5.resolve(place?.kind === 'external' ? place.object : `${GROUP}/${name}`);
      const low = target?.kind === 'object' ? await at.hdf5.attribute(target.header, 'image_nr_low') : null;
      return { chunks: await frameChunks(at.hdf5, at.dataset), low, file: at.file };
    });
    if (typeof found === 'string') {
      channel.absent.push({ file, reason: found, firstFrame: next, frames: null });
      next = null;
      continue;
    }
    const first: number | null = typeof found.low === 'number' && found.low >= 1 ? found.low - 1 : next;
    if (first === null) {
      const reason = 'Which frames it has is not known: a file before it is not there.';
      channel.absent.push({ file: found.file, reason, firstFrame: null, frames: found.chunks.frames });
      continue;
    }
    channel.pieces.push({ ...found.chunks, file: found.file, firstFrame: first });
    next = first + found.chunks.frames;
  }
  channel.frames = channel.absent.length > 0 ? null : next;
  return channel;
}

/** One axis as a range: blocks without room between them. */
function rangeOf(axis: AxisSelection, extent: number): { first: number; count: number } | null {
  const { start, stride, count, block } = axis;
  if (count === null) return stride === block ? { first: start, count: extent - start } : null;
  if (count > 1 && stride !== block) return null;
  return { first: start, count: count * block };
}

function rangesOf(selection: Selection, shape: readonly number[]): { first: number; count: number }[] {
  if (selection === 'all') return shape.map((count) => ({ first: 0, count }));
  if (selection.length !== shape.length)
    throw damaged('A virtual dataset selects on axes that it does not have.');
  return selection.map((axis, n) => {
    const range = rangeOf(axis, shape[n]!);
    if (range === null || range.count < 0) throw unsupported('Its frames alternate between files.');
    return range;
  });
}

/** Frames of all channels that a virtual dataset shows. */
async function channelsOfView(files: OpenFiles, view: Hdf5Dataset): Promise<LocatedChannel[]> {
  const form = frameFormOf(view);
  const names = await channelNames(files.master, form.channels);
  const located = names.map(
    (name): LocatedChannel => ({ name, frames: form.frames, pieces: [], absent: [] }),
  );
  for (const source of await files.master.virtualSources(view)) {
    for (const [channel, one] of located.entries()) await addSource(files, view, source, channel, one);
  }
  for (const { pieces } of located) pieces.sort((a, b) => a.firstFrame - b.firstFrame);
  return located;
}

async function addSource(
  files: OpenFiles,
  view: Hdf5Dataset,
  source: VirtualSource,
  channel: number,
  into: LocatedChannel,
): Promise<void> {
  const { shape } = view;
  const file = source.file === '.' ? null : source.file.replaceAll('%%', '%');
  const hasChannels = shape.length === 4;
  const found = await orAbsent(async () => {
    if (/%\d*b/.test(source.file.replaceAll('%%', '')) || /%\d*b/.test(source.object.replaceAll('%%', ''))) {
      throw unsupported('Its sources are numbered by a pattern.');
    }
    const target = rangesOf(source.target, shape);
    const channels = hasChannels ? target[1]! : { first: 0, count: 1 };
    const within = channel - channels.first;
    if (within < 0 || within >= channels.count) return null;
    const isWhole = target.slice(-2).every(({ first, count }, n) => first === 0 && count === shape.at(n - 2));
    if (!isWhole) throw unsupported('Its frames are put together from parts.');
    const at = await follow(files, file, source.object.replaceAll('%%', '%'));
    const taken = rangesOf(source.source, at.dataset.shape);
    const frames = at.dataset.shape.length > 2 ? taken[0]! : { first: 0, count: 1 };
    const ofChannel = at.dataset.shape.length === 4 ? taken[1]!.first + within : 0;
    const chunks = await chunksOf(files, at, ofChannel);
    if (chunks.shape[0] !== shape.at(-2) || chunks.shape[1] !== shape.at(-1)) {
      throw unsupported('Its frames are cut out of larger ones.');
    }
    // A file that still grows has fewer than there is room for.
    const count = Math.max(0, Math.min(frames.count, target[0]!.count, chunks.frames - frames.first));
    const bytes = chunks.entries.length / Math.max(1, chunks.frames);
    const entries = chunks.entries.slice(frames.first * bytes, (frames.first + count) * bytes);
    return { ...chunks, frames: count, entries, file: at.file, firstFrame: target[0]!.first };
  });
  if (found === null) return;
  if (typeof found !== 'string') {
    into.pieces.push(found);
    return;
  }
  const rows = source.target === 'all' ? null : source.target[0]!;
  const range = rows && rangeOf(rows, shape[0]!);
  const span = { firstFrame: range?.first ?? null, frames: range?.count ?? null };
  into.absent.push({ file, reason: found, ...span });
}
