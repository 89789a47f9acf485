import { scalarAttribute, scalarValue } from './attributes.ts';
import type { Hdf5Limits, RangeSource } from './byte-source.ts';
import { type ChunkedDataset, visitChunks } from './chunk-index.ts';
import { type Dataspace, type Hdf5Type, readDataspace, readDatatype } from './datatype.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import { type Hdf5Filter, type Layout, readFillValue, readFilters, readLayout } from './layout.ts';
import { type Link, linksOf } from './links.ts';
import { Metadata } from './metadata.ts';
import { MESSAGE, ObjectHeader } from './object-header.ts';
import type { Chunk } from './stored-chunk.ts';
import { type VirtualSource, virtualSources } from './virtual-sources.ts';

export interface Hdf5Dataset extends Dataspace {
  /** Of its header in the file. */
  address: number;
  type: Hdf5Type;
  layout: Layout;
  filters: Hdf5Filter[];
  /** Bytes of an element that was never written; null: zeros. */
  fillValue: Uint8Array | null;
}

/** Where a path leads: to an object of this file, or into another one. */
export type Hdf5Place =
  | { kind: 'object'; header: ObjectHeader }
  | { kind: 'external'; file: string; object: string };

const MAX_STEPS = 256;
const MAX_TEXTS = 1000;
const MAX_KEPT_GROUPS = 1000;

/** The metadata of one HDF5 file, read by ranges. Nothing is decompressed. Throws Hdf5Error, and what the source throws. */
export class Hdf5File {
  private readonly metadata: Metadata;
  private readonly groups = new Map<number, Map<string, Link>>();

  private constructor(metadata: Metadata) {
    this.metadata = metadata;
  }

  get sizeBytes(): number {
    return this.metadata.source.sizeBytes;
  }

  static async open(source: RangeSource, limits?: Hdf5Limits): Promise<Hdf5File> {
    return new Hdf5File(await Metadata.open(source, limits));
  }

  private async links(header: ObjectHeader): Promise<Map<string, Link>> {
    const known = this.groups.get(header.address);
    if (known) return known;
    const links = await linksOf(this.metadata, header);
    if (this.groups.size < MAX_KEPT_GROUPS) this.groups.set(header.address, links);
    return links;
  }

  /** Follows soft links. Null: there is nothing of that name. */
  async resolve(path: string): Promise<Hdf5Place | null> {
    let names = path.split('/').filter((name) => name !== '' && name !== '.');
    const root = await ObjectHeader.read(this.metadata, this.metadata.rootAddress);
    let way: ObjectHeader[] = [root];
    for (let step = 0; names.length > 0; step++) {
      if (step > MAX_STEPS) throw damaged(`${path} leads through links without end.`);
      const [name, ...rest] = names as [string, ...string[]];
      const link = (await this.links(way.at(-1)!)).get(name);
      if (!link) return null;
      if (link.kind === 'external') {
        return { kind: 'external', file: link.file, object: [link.object, ...rest].join('/') };
      }
      if (link.kind === 'soft') {
        if (link.target.startsWith('/')) way = [root];
        names = [...link.target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
      } else {
        way.push(await ObjectHeader.read(this.metadata, link.address));
        names = rest;
      }
    }
    return { kind: 'object', header: way.at(-1)! };
  }

  /** Names in a group, sorted; empty where there is none in this file. */
  async namesIn(path: string): Promise<string[]> {
    const place = await this.resolve(path);
    return place?.kind === 'object' ? [...(await this.links(place.header)).keys()].sort() : [];
  }

  /** Null: there is nothing of that name, or it is no dataset. Throws where it lies in another file. */
  async dataset(path: string): Promise<Hdf5Dataset | null> {
    const place = await this.resolve(path);
    if (place === null) return null;
    if (place.kind === 'external') throw new Hdf5Error('absent', `${path} lies in ${place.file}.`);
    return this.datasetOf(place.header);
  }

  /** Of what a group holds: null where that is no dataset of this file, or is damaged, which keeps nobody from the others. */
  async datasetOrNull(path: string): Promise<Hdf5Dataset | null> {
    try {
      const place = await this.resolve(path);
      return place?.kind === 'object' ? await this.datasetOf(place.header) : null;
    } catch (error) {
      if (error instanceof Hdf5Error && error.problem !== 'too-large') return null;
      throw error;
    }
  }

  /** Null: the object is no dataset. */
  async datasetOf(header: ObjectHeader): Promise<Hdf5Dataset | null> {
    if (!header.has(MESSAGE.layout)) return null;
    const [space, type, layout, filters, fill] = await Promise.all([
      header.find(MESSAGE.dataspace, 'A dataspace'),
      header.find(MESSAGE.datatype, 'A datatype'),
      header.find(MESSAGE.layout, 'A layout'),
      header.find(MESSAGE.filters, 'The filters of a dataset'),
      header.find(MESSAGE.fillValue, 'A fill value'),
    ]);
    if (!space || !type || !layout) throw damaged('A dataset lacks its extent or its type.');
    if (header.has(MESSAGE.externalFiles))
      throw unsupported('The elements of a dataset lie in a file of their own.');
    const dataset = {
      ...readDataspace(space),
      address: header.address,
      type: readDatatype(type),
      layout: readLayout(layout),
      filters: filters ? readFilters(filters) : [],
      fillValue: fill ? readFillValue(fill) : null,
    };
    const { layout: found, shape } = dataset;
    if (found.kind === 'chunked' && found.chunk.length !== shape.length) {
      throw damaged(`A dataset of ${shape.length} axes has chunks of ${found.chunk.length}.`);
    }
    return dataset;
  }

  async attribute(header: ObjectHeader, name: string): Promise<number | string | null> {
    return scalarAttribute(this.metadata, header, name);
  }

  /** Calls `visit` with every stored chunk of a dataset that has some. */
  async visitChunks(dataset: Hdf5Dataset, visit: (chunk: Chunk) => void): Promise<void> {
    const { layout, shape, maxShape, type, filters } = dataset;
    if (layout.kind !== 'chunked') throw new Hdf5Error('absent', 'The dataset has no chunks.');
    const chunked: ChunkedDataset = {
      ...{ layout, shape, maxShape },
      elementBytes: type.sizeBytes,
      isFiltered: filters.length > 0,
    };
    await visitChunks(this.metadata, chunked, visit);
  }

  /** What a virtual dataset is made of. */
  async virtualSources({ layout }: Hdf5Dataset): Promise<VirtualSource[]> {
    if (layout.kind !== 'virtual') throw new Hdf5Error('absent', 'The dataset is not a virtual one.');
    return virtualSources(this.metadata, layout.heapAddress, layout.heapIndex);
  }

  /** The elements of a small list of texts or numbers that is not chunked; null where it is something else. */
  async list(path: string): Promise<(number | string | null)[] | null> {
    const place = await this.resolve(path);
    const dataset = place?.kind === 'object' ? await this.datasetOf(place.header) : null;
    if (!dataset) return null;
    const { shape, type, layout } = dataset;
    const count = shape.reduce((product, side) => product * side, 1);
    const isPlain = layout.kind === 'compact' || (layout.kind === 'contiguous' && layout.address !== null);
    if (!isPlain || shape.length > 1 || count > MAX_TEXTS) return null;
    const reader =
      layout.kind === 'compact'
        ? this.metadata.over(layout.bytes, path)
        : await this.metadata.read(layout.address!, count * type.sizeBytes, path);
    const found: (number | string | null)[] = [];
    for (let n = 0; n < count; n++) {
      found.push(await scalarValue(this.metadata, type, reader.part(type.sizeBytes)));
    }
    return found;
  }
}
