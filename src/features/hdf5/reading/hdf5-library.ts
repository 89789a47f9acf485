import type { Module as Compiled, Metadata } from 'h5wasm';
import type { ValueMemory } from './decode-values.ts';
import type { FilterFact, PluginName } from './filters.ts';
import { takeWords } from './library-words.ts';
import { openingFault } from './opening-fault.ts';
import { STORE_ROOT, type StoreEvents, type StoreMount } from './store-mount.ts';
import { BytesFault } from './stored-bytes.ts';

export type CompiledLibrary = typeof Compiled;

/** What could not be read, and why, for people. */
export class ReadFault extends Error {}

/** The bytes of a plugin; null: this installation has none of that name. Throws BytesFault. */
export type LoadPlugin = (name: PluginName) => Uint8Array | null;

/* Kinds of objects (H5G_obj_t). */
export const OBJECT = { group: 0, dataset: 1, type: 2, softLink: 3, externalLink: 4 } as const;
const SWMR_FLAGS = 5;

/** The compiled library over files of the store: what it does not say of failures is asked of those who know. */
export class Hdf5Library {
  readonly module: CompiledLibrary;
  readonly mount: StoreMount;
  private readonly loadPlugin: LoadPlugin;
  private readonly plugins = new Map<PluginName, boolean>();
  private readonly opened = new Map<string, bigint>();

  constructor(module: CompiledLibrary, mount: StoreMount, loadPlugin: LoadPlugin) {
    this.module = module;
    this.mount = mount;
    this.loadPlugin = loadPlugin;
  }

  /** The file under a path of the experiment, opened once. Throws ReadFault and BytesFault. */
  open(path: string): bigint {
    const known = this.opened.get(path);
    if (known !== undefined) return known;
    const stored = this.mount.fileAt(path);
    if (!stored) throw new ReadFault(`There is no file ${path} in the store.`);
    const bytesAt = (offset: number, length: number) => {
      const bytes = new Uint8Array(Math.min(length, stored.sizeBytes - offset));
      stored.read(bytes, offset);
      return bytes;
    };
    const head = bytesAt(0, 12);
    // Its writer meant it to be read while it is written.
    const isShared = head[8] === 3 && (head[11]! & SWMR_FLAGS) === SWMR_FLAGS;
    const fault = isShared ? null : openingFault(bytesAt, stored.sizeBytes);
    if (fault !== null) throw new ReadFault(fault);
    const events = this.begin();
    const { H5F_ACC_RDONLY, H5F_ACC_SWMR_READ } = this.module;
    const file = this.module.open(`${STORE_ROOT}/${path}`, isShared ? H5F_ACC_SWMR_READ : H5F_ACC_RDONLY);
    if (file < 0n) throw this.explained(events, 'The file could not be opened: it is damaged');
    this.opened.set(path, file);
    return file;
  }

  /** Forgets what was said and done before. */
  begin(): StoreEvents {
    takeWords();
    return this.mount.watch();
  }

  /** Why a call of the library failed. */
  explained(events: StoreEvents, sentence: string): Error {
    const words = takeWords();
    if (events.fault) return events.fault;
    const filter = words.join('\n').match(/required filter '?(.*?)'? is not registered/);
    if (filter) return new ReadFault(`It is packed with a filter that is not known here: ${filter[1]}.`);
    if (words.some((said) => /filter returned failure|data error detected|checksum/i.test(said))) {
      return new ReadFault('Its bytes cannot be unpacked: they are damaged.');
    }
    const last = words.at(-1);
    return new ReadFault(last === undefined ? `${sentence}.` : `${sentence} (${last}).`);
  }

  /** Fetches the plugins that these filters need. Returns the first filter that nothing here undoes. */
  prepare(filters: readonly FilterFact[]): FilterFact | null {
    for (const filter of filters) {
      if (filter.by === 'library') continue;
      if (filter.by === null || !this.hasPlugin(filter.by)) return filter;
    }
    return null;
  }

  private hasPlugin(name: PluginName): boolean {
    const known = this.plugins.get(name);
    if (known !== undefined) return known;
    const bytes = this.loadPlugin(name);
    if (bytes !== null) {
      const folder = this.module.get_plugin_search_paths()[0]!;
      this.module.FS.mkdirTree(folder);
      this.module.FS.writeFile(`${folder}/libH5Z${name}.so`, bytes);
    }
    this.plugins.set(name, bytes !== null);
    return bytes !== null;
  }

  memory(file: bigint): ValueMemory {
    const { module } = this;
    return {
      bytes: (address, length) => module.HEAPU8.subarray(address, address + length),
      textLength: (address) => Math.max(0, module.HEAPU8.indexOf(0, address) - address),
      nameOf: (reference, isRegion) => {
        const name = module.get_referenced_name(file, reference, !isRegion);
        return isRegion ? `a region of ${name}` : name;
      },
    };
  }

  /** Reads elements into memory, hands them over, and gives back what the library allocated for them. */
  private withMemory<T>(
    sizeBytes: number,
    read: (address: bigint) => number,
    use: (bytes: Uint8Array) => T,
    giveBack: ((address: bigint) => void) | null,
  ): T | null {
    const address = this.module._malloc(Math.max(8, sizeBytes));
    if (address === 0) throw new ReadFault('There is not enough memory for it: choose a smaller slice.');
    try {
      // What a failed read leaves behind must not be taken for addresses.
      this.module.HEAPU8.fill(0, address, address + sizeBytes);
      if (read(BigInt(address)) < 0) return null;
      try {
        return use(this.module.HEAPU8.slice(address, address + sizeBytes));
      } finally {
        giveBack?.(BigInt(address));
      }
    } finally {
      this.module._free(address);
    }
  }

  attribute<T>(
    file: bigint,
    place: { path: string; name: string; sizeBytes: number; holdsMemory: boolean },
    use: (bytes: Uint8Array) => T,
  ): T {
    const { path, name } = place;
    const events = this.begin();
    const made = this.withMemory(
      place.sizeBytes,
      (address) => this.module.get_attribute_data(file, path, name, address),
      (bytes) => ({ value: use(bytes) }),
      place.holdsMemory ? (address) => void this.module.reclaim_vlen_memory(file, path, name, address) : null,
    );
    if (!made) throw this.explained(events, 'It could not be read');
    return made.value;
  }

  /** Elements of a dataset, in C order. `selection` null: the only one of a scalar. Throws ReadFault, BytesFault. */
  elements<T>(
    file: bigint,
    place: {
      path: string;
      sizeBytes: number;
      holdsMemory: boolean;
      selection: { count: bigint[]; offset: bigint[]; stride: bigint[] } | null;
    },
    use: (bytes: Uint8Array) => T,
  ): T {
    const { path, selection } = place;
    const events = this.mount.events;
    takeWords();
    const { count = null, offset = null, stride = null } = selection ?? {};
    const made = this.withMemory(
      place.sizeBytes,
      (address) => this.module.get_dataset_data(file, path, count, offset, stride, address),
      (bytes) => ({ value: use(bytes) }),
      place.holdsMemory
        ? (address) => {
            if (count) this.module.reclaim_vlen_memory_count(file, path, '', address, count);
            else this.module.reclaim_vlen_memory(file, path, '', address);
          }
        : null,
    );
    if (!made) throw this.explained(events, 'Its values could not be read');
    return made.value;
  }

  metadata(file: bigint, path: string): Metadata {
    const events = this.begin();
    try {
      return this.module.get_dataset_metadata(file, path);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof BytesFault) throw error;
      throw this.explained(events, 'Its description could not be read: it is damaged');
    }
  }
}
