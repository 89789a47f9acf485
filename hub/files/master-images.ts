import type { Dataset, File } from 'h5wasm/node';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import { gapsBetween } from './frame-gaps.ts';
import { entityAt, isDataset } from './hdf5-look.ts';
import { type MappedSource, virtualMappings } from './virtual-mappings.ts';

/**
 * Where the images of an NXmx master are, as far as `/entry/data` says it: links `data_000001`, … to data files (DECTRIS file writer;
 * NXmx with both), virtual datasets over data files (NXmx v2024.2, Jungfraujoch), images in the master itself (EIGER with
 * `nimages_per_file = 0`; single NXmx files), each also by way of soft links.
 */

/** A data file that a master names. */
export interface NamedFile {
  /** As the master names it: relative to its folder. */
  file: string;
  object: string;
  /** 0-based frames that it fills, both inclusive, as a virtual dataset says it; null when nothing does. */
  frames: FrameRange | null;
  /** Its images are parts (modules) of those in another file, which stands for all of them. */
  isPart?: boolean;
}

export interface MasterImages {
  files: NamedFile[];
  /** Datasets of images in the master itself, in their order. */
  own: Dataset[];
  /** The dataset that shows all images in one; null when there is none. */
  whole: Dataset | null;
}

const GROUP = '/entry/data';
const NUMBERED = /^data_\d+$/;
/** Soft links that lead to soft links. */
const MAX_STEPS = 8;
/** A block number in the name of a source: how many files there are is not said. */
const BLOCK_NUMBER = /%\d*b/;

/** The name behind soft links: the library follows them, and then shows what is in another file as if it were in this one. */
function behindLinks(file: File, path: string): string {
  let at = path;
  for (let step = 0; step < MAX_STEPS; step++) {
    const target = file.get_link(at) as string | null;
    if (!target) break;
    at = target.startsWith('/') ? target : `${at.slice(0, at.lastIndexOf('/'))}/${target}`;
  }
  return at;
}

/** Where an external link leads, also one whose file is there. */
function linkAt(file: File, path: string): { filename?: string; obj_path?: string } | null {
  const link = file.get_external_link(path) as { filename?: string; obj_path?: string };
  return link.filename ? link : null;
}

const sourcesOf = (dataset: Dataset) => dataset.metadata.virtual_sources ?? [];
export const isVirtual = (dataset: Dataset): boolean => sourcesOf(dataset).length > 0;
/** Made of datasets of its own file. */
const isOfItself = (dataset: Dataset) => sourcesOf(dataset).every(({ file_name }) => file_name === '.');
/** Images are [image, y, x], or of several channels [image, channel, y, x]. */
const isImages = ({ shape }: Dataset) => shape !== null && (shape.length === 3 || shape.length === 4);
/** In names of virtual sources "%%" is a percent sign (H5Pset_virtual). */
const plainName = (name: string) => name.replaceAll('%%', '%');
const hasBlockNumber = (name: string) => BLOCK_NUMBER.test(name.replaceAll('%%', ''));

/** The mapping of this dataset: it has the same sources in the same order. */
function mappingOf(dataset: Dataset, mappings: readonly MappedSource[][]): MappedSource[] | null {
  const sources = sourcesOf(dataset);
  const isItsOwn = (mapping: MappedSource[]) =>
    mapping.length === sources.length &&
    mapping.every(
      ({ file, object }, n) => file === sources[n]!.file_name && object === sources[n]!.dset_name,
    );
  return mappings.find(isItsOwn) ?? null;
}

/** From the first to the last of these rows; 'scattered' when others lie between them. */
function spanOf(rows: readonly FrameRange[]): FrameRange | 'scattered' {
  const first = Math.min(...rows.map(([from]) => from));
  const last = rows.reduce((highest, [, to]) => Math.max(highest, to), 0);
  return gapsBetween(rows).length > (first > 0 ? 1 : 0) ? 'scattered' : [first, last];
}

/**
 * The files that a virtual dataset is made of, in its order. Null when they cannot be told one by one, or when their images alternate: then
 * no file holds a range of frames.
 */
function filesOfVirtual(dataset: Dataset, mappings: readonly MappedSource[][]): NamedFile[] | null {
  const files = new Map<string, NamedFile & { rows: FrameRange[] | null }>();
  const mapping = mappingOf(dataset, mappings);
  for (const [n, { file_name, dset_name }] of sourcesOf(dataset).entries()) {
    if (hasBlockNumber(file_name) || hasBlockNumber(dset_name)) return null;
    const name = plainName(file_name);
    const rows = mapping?.[n]?.rows ?? null;
    const known = files.get(name);
    if (known === undefined) {
      files.set(name, { file: name, object: plainName(dset_name), frames: null, rows: rows && [...rows] });
    } else if (rows === null) known.rows = null;
    else known.rows?.push(...rows);
  }
  const named: NamedFile[] = [];
  const taken = new Set<string>();
  for (const { rows, ...file } of files.values()) {
    const frames = rows === null || rows.length === 0 ? null : spanOf(rows);
    if (frames === 'scattered') return null;
    const key = frames?.join() ?? file.file;
    named.push({ ...file, frames, ...(taken.has(key) ? { isPart: true } : {}) });
    taken.add(key);
  }
  return named;
}

/** Of one file the first mention counts; what a later one knows of its frames is added. */
function addFiles(known: Map<string, NamedFile>, more: readonly NamedFile[]): void {
  for (const file of more) {
    const before = known.get(file.file);
    if (before === undefined) known.set(file.file, file);
    else before.frames ??= file.frames;
  }
}

/** Images in the file itself: numbered ones, or those called "data"; that name beside numbered ones is a view of them. */
function ownOf(found: ReadonlyMap<string, Dataset>): Dataset[] {
  const numbered = [...found].filter(([name]) => NUMBERED.test(name)).map(([, dataset]) => dataset);
  const data = found.get('data');
  return numbered.length > 0 || data === undefined ? numbered : [data];
}

export function imagesOf(file: File, path: string): MasterImages {
  const group = entityAt(file, GROUP);
  if (group === null || !('keys' in group)) return { files: [], own: [], whole: null };
  const links: (NamedFile & { name: string })[] = [];
  const virtual: Dataset[] = [];
  const own = new Map<string, Dataset>();
  for (const name of group.keys().sort()) {
    const place = behindLinks(file, `${GROUP}/${name}`);
    const entity = entityAt(file, place);
    const link = entity === null ? null : linkAt(file, place);
    if (link !== null) {
      links.push({ name, file: link.filename!, object: link.obj_path || '/entry/data/data', frames: null });
    } else if (isDataset(entity) && isImages(entity)) {
      if (isVirtual(entity) && !isOfItself(entity)) virtual.push(entity);
      else own.set(name, entity);
    }
  }
  // A link "data" beside the numbered ones leads to a view of the same images.
  const numbered = links.filter(({ name }) => NUMBERED.test(name));
  const files = new Map<string, NamedFile>();
  addFiles(
    files,
    (numbered.length > 0 ? numbered : links).map(({ name: _, ...link }) => link),
  );
  const mappings = virtual.length > 0 ? virtualMappings(path) : [];
  for (const dataset of virtual) addFiles(files, filesOfVirtual(dataset, mappings) ?? []);
  const whole = virtual.find(({ shape }) => shape?.length === 3) ?? virtual[0] ?? null;
  return { files: [...files.values()], own: ownOf(own), whole };
}
