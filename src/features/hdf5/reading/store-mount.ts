import { BlockCache, BytesFault, CachedFile, type FindStored } from './stored-bytes.ts';

/** Where files of the experiment appear to the library. */
export const STORE_ROOT = '/store';

const NOT_FOUND = 44;
const FAILED = 29;
const DIRECTORY = 0o40555;
const READ_ONLY = 0o100444;
const HDF5_NAME = /\.(h5|hdf5?|nxs?|cxi|he5|nc4?)$/i;

/* What of the file system of the compiled library is used (Emscripten's FS, as it mounts MEMFS and others). */
interface Node {
  id: number;
  mode: number;
  path: string;
  file: CachedFile | null;
  node_ops: object;
  stream_ops: object;
}
interface Stream {
  node: Node;
  position: number;
}
interface FileSystem {
  mkdir(path: string): void;
  mount(type: object, options: object, place: string): void;
  createNode(parent: Node | null, name: string, mode: number, device: number): Node;
  ErrnoError: new (code: number) => Error;
}

/** What happened at the store while the library read: it tells only that it could not. */
export interface StoreEvents {
  /** Paths that were asked for and are not there. */
  missing: Set<string>;
  /** Paths of files that were opened or read. */
  used: Set<string>;
  fault: BytesFault | null;
}

/**
 * Mounts the files of the experiment as a folder. Nothing is known beforehand: the library asks for a name (also of linked files and
 * the sources of virtual datasets), and only then the store is asked.
 */
export class StoreMount {
  events: StoreEvents = { missing: new Set(), used: new Set(), fault: null };
  private readonly fs: FileSystem;
  private readonly find: FindStored;
  private readonly cache: BlockCache;
  private readonly folders = new Set<string>();
  private readonly absent = new Set<string>();
  private readonly files = new Map<string, CachedFile>();

  constructor(fs: object, find: FindStored, cache = new BlockCache()) {
    this.fs = fs as FileSystem;
    this.find = find;
    this.cache = cache;
    this.fs.mkdir(STORE_ROOT);
    this.fs.mount({ mount: () => this.node(null, '/', '', null) }, {}, STORE_ROOT);
  }

  /** Forgets what happened so far. */
  watch(): StoreEvents {
    this.events = { missing: new Set(), used: new Set(), fault: null };
    return this.events;
  }

  /** The file under a path of the experiment; null: there is none. Throws BytesFault. */
  fileAt(path: string): CachedFile | null {
    const known = this.files.get(path);
    if (known) return known;
    if (this.absent.has(path)) return null;
    const bytes = this.find(path);
    if (bytes === null) {
      this.absent.add(path);
      return null;
    }
    const steps = path.split('/');
    for (let n = 1; n < steps.length; n++) this.folders.add(steps.slice(0, n).join('/'));
    const file = new CachedFile(path, bytes, this.cache);
    this.files.set(path, file);
    return file;
  }

  /** Asks the store anew for what was not there: files still arrive. */
  forgetAbsent(): void {
    this.absent.clear();
  }

  private node(parent: Node | null, name: string, path: string, file: CachedFile | null): Node {
    const node = this.fs.createNode(parent, name, file ? READ_ONLY : DIRECTORY, 0);
    node.path = path;
    node.file = file;
    node.node_ops = {
      getattr: (of: Node) => this.attributesOf(of),
      lookup: (within: Node, wanted: string) => this.lookup(within, wanted),
    };
    node.stream_ops = {
      read: (stream: Stream, memory: Int8Array, at: number, length: number, position: number) =>
        this.read(stream.node, new Uint8Array(memory.buffer, memory.byteOffset + at, length), position),
      llseek: (stream: Stream, offset: number, from: 0 | 1 | 2) =>
        offset + (from === 1 ? stream.position : from === 2 ? (stream.node.file?.sizeBytes ?? 0) : 0),
    };
    return node;
  }

  private attributesOf(node: Node): object {
    const size = node.file?.sizeBytes ?? 4096;
    const time = new Date(0);
    return {
      // The library takes files of equal device and number for the same one.
      ...{ dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size },
      ...{ atime: time, mtime: time, ctime: time, blksize: 4096, blocks: Math.ceil(size / 4096) },
    };
  }

  private lookup(parent: Node, name: string): Node {
    const path = parent.path === '' ? name : `${parent.path}/${name}`;
    if (this.folders.has(path)) return this.node(parent, name, path, null);
    let file: CachedFile | null;
    try {
      file = this.fileAt(path);
    } catch (error) {
      throw this.failed(error);
    }
    if (file) {
      this.events.used.add(path);
      return this.node(parent, name, path, file);
    }
    // What may be a folder on the way to a file that is there is one; files that are not there say so by their own names.
    if (!HDF5_NAME.test(name)) return this.node(parent, name, path, null);
    this.events.missing.add(path);
    throw new this.fs.ErrnoError(NOT_FOUND);
  }

  private read(node: Node, into: Uint8Array, position: number): number {
    if (!node.file) throw new this.fs.ErrnoError(FAILED);
    this.events.used.add(node.path);
    try {
      return node.file.read(into, position);
    } catch (error) {
      throw this.failed(error);
    }
  }

  private failed(error: unknown): unknown {
    if (!(error instanceof BytesFault)) return error;
    this.events.fault ??= error;
    return new this.fs.ErrnoError(FAILED);
  }
}
