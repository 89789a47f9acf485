import { findDefaultPlot, type NexusLook } from '../nexus-plot.ts';
import type { AttributeView, DatasetFacts, GroupListing, LinkFact, NodeDetail, NodeRow } from '../nodes.ts';
import { elementBytes, holdsMemory, product, shortType, typeLabel } from '../value-type.ts';
import { type Cell, decodeCells } from './decode-values.ts';
import { type FilterFact, filterFact } from './filters.ts';
import { type Hdf5Library, OBJECT, ReadFault } from './hdf5-library.ts';
import { readSlice, type Slice, type SliceRequest } from './read-slice.ts';
import { BytesFault } from './stored-bytes.ts';
import { typeOfMetadata } from './type-of-metadata.ts';

/** Rows of a group that are looked into at a time: each costs reading its header. */
export const ROWS_AT_ONCE = 200;
const ATTRIBUTE_BYTES = 1024 * 1024;
const ATTRIBUTE_CELLS = 200;
const MOST_ATTRIBUTES = 500;
const UNLIMITED = 2 ** 63;
const FILTERS_LOOKED_AT = 3;

const nameOfPath = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const under = (group: string, name: string) => `${group === '/' ? '' : group}/${name}`;
/** The groups above: `/a/b/c` → `/`, `/a`, `/a/b`. */
function pathsAbove(path: string): string[] {
  const steps = path.split('/').filter(Boolean);
  return steps.map((_, n) => `/${steps.slice(0, n).join('/')}`);
}

/** The path of a file that another names beside it. */
function besides(holder: string, file: string): string {
  const steps = file.startsWith('/') ? [nameOfPath(file)] : file.split('/');
  const path = holder.split('/').slice(0, -1);
  for (const step of steps) {
    if (step === '..') path.pop();
    else if (step !== '.' && step !== '') path.push(step);
  }
  return path.join('/');
}

function uniqueSources(all: readonly { file: string; dataset: string }[]) {
  const found = new Map(all.map((source) => [`${source.file}\n${source.dataset}`, source]));
  return [...found.values()];
}

const filterSentence = ({ name, by }: FilterFact) =>
  by === null
    ? `Its values are packed with ${name}, which cannot be unpacked here: download the file and read it with a program that has this filter.`
    : `Its values are packed with ${name}, whose plugin is not installed here: ask the people who run this installation.`;

/** Names of files as the library asked for them, without the places where it looked in vain. */
export const missingNames = (paths: Iterable<string>): string[] => [...new Set([...paths].map(nameOfPath))];

function missingSentence(link: LinkFact, missing: readonly string[]): string {
  const [file] = missingNames(missing);
  if (link.kind === 'external') {
    return file === undefined
      ? `It lies in ${link.file} as ${link.target}, and nothing is there under that name, or that file is damaged.`
      : `It lies in ${link.file}, which is not in the store of this experiment: it may still be on its way.`;
  }
  if (file !== undefined) return `It leads to ${file}, which is not in the store of this experiment.`;
  if (link.kind === 'soft') return `It is a link to ${link.target}, and nothing is there.`;
  return 'There is nothing under this path, or it is damaged.';
}

/** What is thrown when the compiled library itself fell: it must not be used again. */
const isFatal = (error: unknown) => error instanceof WebAssembly.RuntimeError;

/** One file of the experiment, with what its links lead to. Every answer is plain data. Throws ReadFault and BytesFault. */
export class Hdf5Reader {
  private readonly library: Hdf5Library;
  private readonly path: string;
  private readonly file: bigint;

  constructor(library: Hdf5Library, path: string) {
    this.library = library;
    this.path = path;
    this.file = library.open(path);
  }

  private linkOf(path: string): LinkFact {
    if (path === '/') return { kind: 'hard' };
    const external = this.library.module.get_external_link(this.file, path);
    if (external.filename !== undefined)
      return { kind: 'external', file: external.filename, target: external.obj_path };
    const target = this.library.module.get_symbolic_link(this.file, path);
    return target === null ? { kind: 'hard' } : { kind: 'soft', target };
  }

  /** The group above that is the same object; above a link into another file the numbers mean other objects. */
  private sameAbove(path: string): string | null {
    const { module } = this.library;
    const own = String(module.create_object_reference(this.file, path));
    if (this.linkOf(path).kind === 'external') return null;
    for (const above of pathsAbove(path).reverse()) {
      if (String(module.create_object_reference(this.file, above)) === own) return above;
      if (this.linkOf(above).kind === 'external') return null;
    }
    return null;
  }

  private isThere(path: string): boolean {
    try {
      this.library.module.get_attribute_names(this.file, path);
      return true;
    } catch (error) {
      if (isFatal(error)) throw error;
      return false;
    }
  }

  private nxClass(path: string): string | null {
    const value = this.attributeOf(path, 'NX_class');
    return typeof value === 'string' ? value : null;
  }

  /** `resolve`: looks into the other file, where an external link leads to one. */
  private row(path: string, resolve: boolean): NodeRow {
    const link = this.linkOf(path);
    const row: NodeRow = {
      ...{ name: path === '/' ? '/' : nameOfPath(path), path, kind: 'missing', link },
      ...{ nxClass: null, shape: null, type: null, sameAs: null },
    };
    if (link.kind === 'external' && !resolve) return { ...row, kind: 'elsewhere' };
    const kind = path === '/' ? OBJECT.group : this.library.module.get_type(this.file, path);
    // Of links that lead in a circle the library says that they are groups.
    if (link.kind !== 'hard' && !this.isThere(path)) return row;
    if (kind === OBJECT.group) {
      return { ...row, kind: 'group', nxClass: this.nxClass(path), sameAs: this.sameAbove(path) };
    }
    if (kind === OBJECT.type) return { ...row, kind: 'type' };
    if (kind !== OBJECT.dataset) return row;
    const metadata = this.library.metadata(this.file, path);
    return { ...row, kind: 'dataset', shape: metadata.shape, type: shortType(typeOfMetadata(metadata)) };
  }

  /** A row, whatever is wrong with the object. */
  private safeRow(path: string): NodeRow {
    try {
      return this.row(path, false);
    } catch (error) {
      if (isFatal(error) || error instanceof BytesFault) throw error;
      const link: LinkFact = { kind: 'hard' };
      return {
        ...{ name: nameOfPath(path), path, kind: 'missing', link },
        ...{ nxClass: null, shape: null, type: null, sameAs: null },
      };
    }
  }

  list(path: string, from: number): GroupListing {
    const events = this.library.begin();
    const { kind, link } = this.row(path, true);
    if (kind === 'missing') throw events.fault ?? new ReadFault(missingSentence(link, [...events.missing]));
    if (kind !== 'group') throw new ReadFault('No group: choose it to see what it is.');
    const names = this.names(path);
    const rows = names.slice(from, from + ROWS_AT_ONCE).map((name) => this.safeRow(under(path, name)));
    return { names, from, rows };
  }

  private names(path: string): string[] {
    const events = this.library.begin();
    try {
      return this.library.module.get_names(this.file, path, false);
    } catch (error) {
      if (isFatal(error)) throw error;
      throw this.library.explained(events, 'The group could not be read: it is damaged');
    }
  }

  /** A small attribute as it is: a number, a text, texts; null where there is none of that kind. */
  private attributeOf(path: string, name: string): string | number | string[] | null {
    try {
      const { module } = this.library;
      if (!module.get_attribute_names(this.file, path).includes(name)) return null;
      const view = this.attribute(path, name);
      const [first] = view.cells;
      if (view.shape.length > 0 && view.cells.length > 1) return view.cells.map(String);
      if (typeof first === 'bigint') return Number(first);
      return typeof first === 'string' || typeof first === 'number' ? first : null;
    } catch (error) {
      if (isFatal(error) || error instanceof BytesFault) throw error;
      return null;
    }
  }

  private attribute(path: string, name: string): AttributeView {
    const metadata = this.library.module.get_attribute_metadata(this.file, path, name);
    const type = typeOfMetadata(metadata);
    const shape = metadata.shape ?? [];
    const total = metadata.shape === null ? 0 : product(shape);
    const view: AttributeView = { name, type: typeLabel(type), shape, cells: [], total, fault: null };
    const sizeBytes = total * elementBytes(type);
    if (total === 0) return view;
    if (sizeBytes > ATTRIBUTE_BYTES) return { ...view, fault: 'too large to be shown here' };
    const cells = this.library.attribute(
      this.file,
      { path, name, sizeBytes, holdsMemory: holdsMemory(type) },
      (bytes): Cell[] => {
        const wanted = bytes.subarray(0, ATTRIBUTE_CELLS * elementBytes(type));
        const made = decodeCells(wanted, type, this.library.memory(this.file));
        if (type.kind !== 'compound') return made.cells[0]!;
        return made.cells[0]!.map((_, n) =>
          made.columns.map((column, c) => `${column}: ${made.cells[c]![n]}`).join(', '),
        );
      },
    );
    return { ...view, cells };
  }

  private attributes(path: string): AttributeView[] {
    const names = this.library.module.get_attribute_names(this.file, path).slice(0, MOST_ATTRIBUTES);
    return names.map((name) => {
      try {
        return this.attribute(path, name);
      } catch (error) {
        if (isFatal(error) || error instanceof BytesFault) throw error;
        const fault = error instanceof ReadFault ? error.message : 'could not be read';
        return { name, type: '', shape: [], cells: [], total: 0, fault };
      }
    });
  }

  private filters(file: bigint, path: string): FilterFact[] {
    return this.library.module.get_dataset_filters(file, path).map(({ id, name }) => filterFact(id, name));
  }

  /** Filters of the datasets that a virtual one is made of: of some of those that are there, since a series is written in one way. */
  private sourceFilters(sources: readonly { file: string; dataset: string }[], path: string): FilterFact[] {
    const found = new Map<number, FilterFact>();
    const holder = this.holderOf(path);
    let looked = 0;
    for (const { file, dataset } of [...sources.slice(0, 50), ...sources.slice(-1)]) {
      if (looked === FILTERS_LOOKED_AT) break;
      try {
        const place = file === '.' ? holder : besides(holder, file);
        if (!this.library.mount.fileAt(place)) continue;
        looked++;
        for (const filter of this.filters(this.library.open(place), dataset)) found.set(filter.id, filter);
      } catch (error) {
        if (isFatal(error) || error instanceof BytesFault) throw error;
      }
    }
    return [...found.values()];
  }

  /** The file of the experiment in which an object lies. */
  private holderOf(path: string): string {
    let holder = this.path;
    for (const above of [...pathsAbove(path), path]) {
      const link = this.linkOf(above);
      if (link.kind === 'external') holder = besides(holder, link.file);
    }
    return holder;
  }

  private facts(path: string): DatasetFacts {
    const metadata = this.library.metadata(this.file, path);
    const type = typeOfMetadata(metadata);
    const all = (metadata.virtual_sources ?? []).map((source) => ({
      file: source.file_name,
      dataset: source.dset_name,
    }));
    const sources = uniqueSources(all);
    const own = this.filters(this.file, path);
    const filters = sources.length > 0 ? this.sourceFilters(sources, path) : own;
    const unknown = filters.find(({ by }) => by === null);
    return {
      shape: metadata.shape,
      maxShape: metadata.maxshape?.map((length) => (length > UNLIMITED ? null : length)) ?? null,
      ...{ chunks: metadata.chunks, type, littleEndian: metadata.littleEndian, filters },
      sizeBytes: metadata.shape === null ? 0 : product(metadata.shape) * metadata.size,
      sources: sources.slice(0, 100),
      sourceCount: sources.length,
      unreadable: unknown ? filterSentence(unknown) : null,
    };
  }

  detail(path: string): NodeDetail {
    const events = this.library.begin();
    const row = this.row(path, true);
    if (row.kind === 'missing') {
      const fault = events.fault;
      if (fault) throw fault;
      return {
        row,
        attributes: [],
        dataset: null,
        fault: missingSentence(row.link, [...events.missing]),
        plot: null,
      };
    }
    return {
      row,
      attributes: this.attributes(path),
      dataset: row.kind === 'dataset' ? this.facts(path) : null,
      fault: null,
      plot: row.kind === 'group' ? this.defaultPlot(path) : null,
    };
  }

  private defaultPlot(path: string) {
    const look: NexusLook = {
      attribute: (at, name) => this.attributeOf(at, name),
      names: (at) => {
        try {
          return this.names(at);
        } catch (error) {
          if (isFatal(error) || error instanceof BytesFault) throw error;
          return [];
        }
      },
      shape: (at) => {
        if (this.library.module.get_type(this.file, at) !== OBJECT.dataset) return null;
        return this.library.metadata(this.file, at).shape;
      },
    };
    return findDefaultPlot(look, path);
  }

  slice(request: SliceRequest): Slice {
    const facts = this.facts(request.path);
    this.library.begin();
    const lacking = this.library.prepare(facts.filters);
    if (lacking) throw new ReadFault(filterSentence(lacking));
    return readSlice(this.library, this.file, facts, request);
  }
}
