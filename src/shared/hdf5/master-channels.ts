import type { RangeSource } from './byte-source.ts';
import { frameFormOf } from './frame-chunks.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import { type Hdf5Dataset, Hdf5File } from './hdf5-file.ts';
import type { AxisSelection, Selection, VirtualSource } from './virtual-sources.ts';

/*
 * The channels of a measurement (thresholds, detectors) as its master shows them: one virtual dataset [image, channel, y, x] over data files
 * (NXmx v2024.2), one virtual dataset for each, or images in the master itself, in one dataset or in one for each, which may stand in groups
 * (NXdata, NXdetector) of their own.
 */

export interface MasterChannel {
  name: string;
  /** The dataset that has its frames: in the data files, or in the master itself. */
  object: string;
  /** Its place on the second of four axes; 0 where there are three. */
  index: number;
}

export interface MasterChannels {
  channels: MasterChannel[];
  /** Their frames lie in the master itself. */
  isOwn: boolean;
}

interface Images {
  label: string;
  path: string;
  dataset: Hdf5Dataset;
}

const ENTRY = '/entry';
const GROUP = '/entry/data';
const INSTRUMENT = '/entry/instrument';
const NUMBERED = /^data_\d+$/;
/** NeXus calls what belongs to the images so, and it has their form. */
const BESIDE_IMAGES = /_(errors?|weights?|uncertainties|mask)$/;
const MAX_CHANNELS = 16;
const MAX_NAME = 64;
/** More groups or images than that are no channels. */
const MAX_LOOKED_AT = 200;
/** Names of sources may stand for many by a block number; a percent sign is written twice (H5Pset_virtual). */
const plainName = (name: string) => name.replaceAll('%%', '%');
const hasBlockNumber = (name: string) => /%\d*b/.test(name.replaceAll('%%', ''));

function isImages(dataset: Hdf5Dataset): boolean {
  try {
    frameFormOf(dataset);
    return dataset.shape.length > 2;
  } catch (error) {
    if (error instanceof Hdf5Error) return false;
    throw error;
  }
}

/** Null: no images, or in another file. A dataset may say itself which channel it is. */
async function imagesAt(file: Hdf5File, path: string, label: string): Promise<Images | null> {
  try {
    const place = await file.resolve(path);
    if (place?.kind !== 'object') return null;
    const dataset = await file.datasetOf(place.header);
    if (dataset === null || !isImages(dataset)) return null;
    const said = await file.attribute(place.header, 'channel');
    return { label: typeof said === 'string' && said !== '' ? said : label, path, dataset };
  } catch (error) {
    if (error instanceof Hdf5Error && error.problem !== 'too-large') return null;
    throw error;
  }
}

async function classOf(file: Hdf5File, path: string): Promise<string | null> {
  const place = await file.resolve(path);
  const said = place?.kind === 'object' ? await file.attribute(place.header, 'NX_class') : null;
  return typeof said === 'string' ? said : null;
}

/** "data" goes before all others. */
const inOrder = (names: readonly string[]) =>
  [...names].sort((a, b) => Number(b === 'data') - Number(a === 'data') || (a < b ? -1 : 1));

/** Every set of images of the entry, once each, those of the usual group first. */
async function imagesOf(file: Hdf5File): Promise<Images[]> {
  const places: { path: string; label: string }[] = [];
  for (const name of inOrder(await file.namesIn(GROUP))) {
    if (!BESIDE_IMAGES.test(name)) places.push({ path: `${GROUP}/${name}`, label: name });
  }
  for (const group of (await file.namesIn(ENTRY)).slice(0, MAX_LOOKED_AT)) {
    const path = `${ENTRY}/${group}`;
    if (path === GROUP || (await classOf(file, path)) !== 'NXdata') continue;
    places.push({ path: `${path}/data`, label: group });
  }
  for (const group of (await file.namesIn(INSTRUMENT)).slice(0, MAX_LOOKED_AT)) {
    const path = `${INSTRUMENT}/${group}`;
    const isDetector = /^detector/i.test(group) || (await classOf(file, path)) === 'NXdetector';
    if (isDetector) places.push({ path: `${path}/data`, label: group });
  }
  const found = new Map<number, Images>();
  for (const { path, label } of places.slice(0, MAX_LOOKED_AT)) {
    const images = await imagesAt(file, path, label);
    if (images && !found.has(images.dataset.address)) found.set(images.dataset.address, images);
  }
  return [...found.values()];
}

/** Names of channels are texts of 1 to 64 characters, each once. */
function named<Channel extends { name: string }>(channels: readonly Channel[]): Channel[] {
  const taken = new Set<string>();
  return channels.map((channel) => {
    const short = channel.name.slice(0, MAX_NAME - 4);
    let name = short;
    for (let n = 2; taken.has(name); n++) name = `${short}_${n}`;
    taken.add(name);
    return { ...channel, name };
  });
}

async function listedNames(file: Hdf5File, count: number): Promise<string[]> {
  const texts = await file.list(`${GROUP}/channel`);
  const areNames = texts?.length === count && texts.every((one) => typeof one === 'string' && one !== '');
  return areNames ? (texts as string[]) : Array.from({ length: count }, (_, n) => `channel_${n + 1}`);
}

/** One axis as a range: blocks without room between them. */
function rangeOf({ start, stride, count, block }: AxisSelection): { first: number; count: number } {
  const isOne = count === 1 || stride === block;
  if (!isOne) throw unsupported('Its frames alternate between files.');
  return { first: start, count: count === null ? Number.POSITIVE_INFINITY : count * block };
}

function targetOf(selection: Selection, shape: readonly number[]): { first: number; count: number }[] {
  if (selection === 'all') return shape.map((count) => ({ first: 0, count }));
  if (selection.length !== shape.length)
    throw damaged('A virtual dataset selects on axes that it does not have.');
  return selection.map((axis, n) => {
    const { first, count } = rangeOf(axis);
    return { first, count: Math.min(count, shape[n]! - first) };
  });
}

interface Source {
  channel: number;
  file: string;
  object: string;
  index: number;
}

/** Which channels of a view are taken from where. Throws Hdf5Error where frames are put together from parts. */
function sourcesOf({ file, object, source, target }: VirtualSource, shape: readonly number[]): Source[] {
  if (hasBlockNumber(file) || hasBlockNumber(object))
    throw unsupported('Its sources are numbered by a pattern.');
  const taken = targetOf(target, shape);
  const isWhole = taken.slice(-2).every(({ first, count }, n) => first === 0 && count === shape.at(n - 2));
  if (!isWhole) throw unsupported('Its frames are put together from parts.');
  const channels = shape.length === 4 ? taken[1]! : { first: 0, count: 1 };
  const first = source !== 'all' && source.length === 4 ? rangeOf(source[1]!).first : 0;
  return Array.from({ length: channels.count }, (_, n) => ({
    ...{ channel: channels.first + n, index: first + n },
    ...{ file: plainName(file), object: plainName(object) },
  }));
}

/** Null: its channels lie each in files of its own, or not in the same place of all files. */
async function placesOfView(
  file: Hdf5File,
  view: Hdf5Dataset,
): Promise<{ places: (Omit<MasterChannel, 'name'> | null)[]; files: string } | null> {
  const sources = (await file.virtualSources(view)).flatMap((one) => sourcesOf(one, view.shape));
  const count = view.shape.length === 4 ? view.shape[1]! : 1;
  const files = new Set<string>();
  const places: (Omit<MasterChannel, 'name'> | null)[] = [];
  for (let channel = 0; channel < count; channel++) {
    const own = sources.filter((one) => one.channel === channel);
    const [first] = own;
    if (own.some(({ object, index }) => object !== first!.object || index !== first!.index)) return null;
    if (first) files.add([...new Set(own.map((one) => one.file))].sort().join('\n'));
    places.push(first ? { object: first.object, index: first.index } : null);
  }
  const [all, ...others] = files;
  return all === undefined || others.length > 0 ? null : { places, files: all };
}

/** Everything that has as many images as the first, each a channel. */
async function channelsOfEach(file: Hdf5File, images: readonly Images[]): Promise<MasterChannels | null> {
  const found: (MasterChannel & { files: string | null })[] = [];
  for (const { label: name, path, dataset } of images) {
    if (dataset.shape.length !== 3 || dataset.shape[0] !== images[0]!.dataset.shape[0]) continue;
    if (dataset.layout.kind === 'virtual') {
      const view = await placesOfView(file, dataset);
      if (view?.places[0]) found.push({ name, ...view.places[0], files: view.files });
    } else found.push({ name, object: path, index: 0, files: null });
  }
  const [first] = found;
  const isSame = (one: MasterChannel, other: MasterChannel) =>
    one.object === other.object && one.index === other.index;
  const alike = found.filter(
    (one, n) => one.files === first!.files && found.findIndex((other) => isSame(one, other)) === n,
  );
  if (!first || alike.length < 2) return null;
  const isOwn = first.files === null || first.files === '.';
  return { channels: alike.map(({ files: _, ...channel }) => channel), isOwn };
}

async function channelsOfOne(file: Hdf5File, { path, dataset }: Images): Promise<MasterChannels | null> {
  const names = await listedNames(file, dataset.shape[1]!);
  if (dataset.layout.kind !== 'virtual') {
    return { channels: names.map((name, index) => ({ name, object: path, index })), isOwn: true };
  }
  const view = await placesOfView(file, dataset);
  if (view === null) return null;
  const channels = view.places.flatMap((place, n) => (place === null ? [] : [{ name: names[n]!, ...place }]));
  return { channels, isOwn: view.files === '.' };
}

/**
 * The channels of the measurement whose master this is. Null where there is one, or where they do not lie together in the same files: those
 * are not told apart. Throws Hdf5Error for what is no HDF5 file or is damaged.
 */
export async function channelsOfMaster(source: RangeSource): Promise<MasterChannels | null> {
  const file = await Hdf5File.open(source);
  const all = await imagesOf(file);
  const images = all.filter(({ path }) => !NUMBERED.test(path.slice(path.lastIndexOf('/') + 1)));
  const isSplit = images.length < all.length;
  const of4 = images.find(({ dataset }) => dataset.shape.length === 4 && dataset.shape[1]! > 1);
  try {
    const found = of4 ? await channelsOfOne(file, of4) : await channelsOfEach(file, images);
    // Numbered datasets beside them hold images that nothing else shows.
    if (found === null || found.channels.length < 2 || (found.isOwn && isSplit)) return null;
    return { ...found, channels: named(found.channels.slice(0, MAX_CHANNELS)) };
  } catch (error) {
    if (error instanceof Hdf5Error && error.problem === 'unsupported') return null;
    throw error;
  }
}
