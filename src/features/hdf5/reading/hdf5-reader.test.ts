import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { firstSlice, parseSlice } from '../slice-expression.ts';
import { isNumeric } from '../value-type.ts';
import type { PluginName } from './filters.ts';
import type { Hdf5Library } from './hdf5-library.ts';
import { Hdf5Reader } from './hdf5-reader.ts';
import { loadLibrary } from './load-library.ts';
import { pluginAddress } from './plugin-addresses.ts';
import type { Slice } from './read-slice.ts';
import { BytesFault } from './stored-bytes.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const LAYOUTS = here('../../../shared/hdf5/testing/files/');
const KINDS = here('../testing/');
const told = JSON.parse(readFileSync(`${KINDS}kinds.json`, 'utf8')) as {
  large: { offset: number; sizeBytes: number };
  values: Record<string, (number | null)[]>;
};

/** Files of the experiment that stand on no disk, by their paths. */
const made = new Map<string, { sizeBytes: number; fetch(offset: number, length: number): Uint8Array }>();
let fetchedBytes = 0;
const plugins: PluginName[] = [];
let installed = true;
let library: Hdf5Library;

const inMemory = (bytes: Uint8Array) => ({
  sizeBytes: bytes.length,
  fetch: (offset: number, length: number) => bytes.slice(offset, offset + length),
});

beforeAll(async () => {
  library = await loadLibrary(
    (path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const file = [LAYOUTS, KINDS]
        .map((folder) => folder + name)
        .find((one) => name !== '' && existsSync(one));
      const found = made.get(path) ?? (file && /\.h5$/.test(name) ? inMemory(readFileSync(file)) : null);
      if (!found) return null;
      const fetch = (offset: number, length: number) => {
        fetchedBytes += length;
        return found.fetch(offset, length);
      };
      return { sizeBytes: found.sizeBytes, fetch };
    },
    (name) => {
      plugins.push(name);
      return installed ? readFileSync(pluginAddress(name)) : null;
    },
  );
});

const open = (name: string) => new Hdf5Reader(library, `raw/run/${name}`);

function read(reader: Hdf5Reader, path: string, text: string | null = null): Slice {
  const { dataset } = reader.detail(path);
  const shape = dataset!.shape!;
  const choice =
    text === null ? firstSlice(shape, isNumeric(dataset!.type), dataset!.chunks) : parseSlice(text, shape);
  return reader.slice({ path, choice });
}

function numbers(slice: Slice): number[] {
  if (slice.kind !== 'numbers') throw new Error('no numbers');
  return Array.from(slice.values as ArrayLike<number | bigint>, Number);
}

function sha256(slice: Slice): string {
  if (slice.kind !== 'numbers') throw new Error('no numbers');
  const { buffer, byteOffset, byteLength } = slice.values;
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

interface Report {
  [dataset: string]: { shape: number[]; frames: (string | null)[] };
}

describe('values are those that h5py reads', () => {
  it.each(['layouts_earliest', 'layouts_latest', 'series_data_000001', 'series_data_000002'])(
    'of every frame of %s, whatever its layout',
    (name) => {
      const report = JSON.parse(readFileSync(`${LAYOUTS}${name}.json`, 'utf8')) as Report;
      const reader = open(`${name}.h5`);
      let compared = 0;
      for (const [path, { shape, frames }] of Object.entries(report)) {
        const channels = shape.length === 4 ? shape[1]! : 1;
        for (const [n, expected] of frames.entries()) {
          if (expected === null) continue;
          const at = shape.length === 4 ? `${Math.floor(n / channels)}, ${n % channels}` : String(n);
          expect(sha256(read(reader, `/${path}`, shape.length > 2 ? at : '')), `${path} ${n}`).toBe(expected);
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(1);
    },
  );

  it.each(['earliest', 'latest'])('of every type of number in kinds_%s', (version) => {
    const reader = open(`kinds_${version}.h5`);
    for (const [name, expected] of Object.entries(told.values)) {
      if (name === 'none') continue;
      expect(numbers(read(reader, `/values/${name}`, ':')), name).toEqual(expected);
    }
    const largest = read(reader, '/values/largest');
    expect(largest.kind === 'numbers' && [...largest.values]).toEqual([2n ** 64n - 1n, 2n ** 63n]);
    expect(numbers(read(reader, '/values/be_f8', '1, ::2, 1:'))).toEqual(
      [13, 14, 15, 21, 22, 23].map((n) => n - 12),
    );
  });

  it('of texts, names, records, lists, references', () => {
    const reader = open('kinds_latest.h5');
    const cells = (name: string) => {
      const slice = read(reader, `/values/${name}`);
      return slice.kind === 'cells' ? slice.cells : null;
    };
    expect(cells('text')).toEqual([['Ångström']]);
    expect(cells('texts')).toEqual([['one', '', 'drei, vier']]);
    expect(cells('fixed')).toEqual([['ab', 'cdef']]);
    expect(cells('records')).toEqual([
      ['first', 'second'],
      [1.5, -2.25],
      ['[1, 2, -3]', '[0, 0, 4]'],
      [7, 65535],
    ]);
    expect(cells('complex')).toEqual([
      [1, -0],
      [2, -3.5],
    ]);
    expect(cells('lists')).toEqual([['[1, 2, 3]', '[]']]);
    // One group, which has two names.
    expect([[['/entry', null]], [['/values/entry_again', null]]]).toContainEqual(cells('references'));
    expect(cells('opaque')).toEqual([['0x010203']]);
    expect(read(reader, '/values/truth')).toMatchObject({ names: { 0: 'false', 1: 'true' } });
    expect(read(reader, '/values/names')).toMatchObject({ names: { 0: 'CLOSED', 1: 'OPEN', 2: 'MOVING' } });
    expect(numbers(read(reader, '/values/scalar'))).toEqual([2.5]);
    expect(read(reader, '/values/none')).toMatchObject({ shape: [0, 4] });
    expect(reader.detail('/values/nothing').dataset).toMatchObject({ shape: null });
  });
});

describe('the tree', () => {
  it('ends where hard and soft links lead in circles', () => {
    const reader = open('kinds_latest.h5');
    const row = (group: string, name: string) => {
      const { names, rows } = reader.list(group, 0);
      return rows[names.indexOf(name)];
    };
    expect(row('/entry', 'circle')).toMatchObject({ kind: 'group', sameAs: '/' });
    expect(row('/entry', 'soft_circle')).toMatchObject({ sameAs: '/entry', link: { kind: 'soft' } });
    expect(row('/values', 'entry_again')).toMatchObject({ kind: 'group', sameAs: null });
    expect(row('/entry', 'nowhere')).toMatchObject({ kind: 'missing' });
    expect(reader.detail('/entry/nowhere').fault).toBe('It is a link to /not/there, and nothing is there.');
    expect(open('layouts_latest.h5').detail('/loop').fault).toContain('/loop');
  });

  it('is looked into in stretches', () => {
    const reader = open('kinds_latest.h5');
    const first = reader.list('/crowd', 0);
    expect([first.names.length, first.rows.length]).toEqual([450, 200]);
    expect(reader.list('/crowd', 400).rows.map(({ name }) => name)).toEqual(first.names.slice(400));
  });

  it('says what NeXus wants to be drawn, also of files from before its attributes', () => {
    expect(open('kinds_latest.h5').detail('/').plot).toEqual({
      ...{ group: '/entry/spectrum', signal: '/entry/spectrum/counts', axes: ['/entry/spectrum/energy'] },
    });
    expect(open('legacy_nexus.h5').detail('/').plot).toEqual({
      ...{ group: '/entry1/plot', signal: '/entry1/plot/counts', axes: ['/entry1/plot/theta'] },
    });
    expect(open('kinds_latest.h5').detail('/crowd').plot).toBeNull();
  });

  it('leads into other files of the store, and says which one is not there', () => {
    const links = open('series_links.h5');
    const { rows } = links.list('/entry/data', 0);
    expect(rows.map(({ kind }) => kind)).toEqual(['elsewhere', 'elsewhere', 'elsewhere']);
    expect(links.detail('/entry/data/data_000001').dataset?.shape).toEqual([3, 8, 16]);
    expect(links.detail('/entry/data/data_000003').fault).toContain(
      'series_data_000003.h5, which is not in the store',
    );
    expect(() => links.list('/entry/data/data_000001', 0)).toThrow('No group: choose it');
    expect(() => links.list('/entry/data/data_000003', 0)).toThrow('series_data_000003.h5, which is not in');
    const view = open('view_of_packed.h5');
    expect(view.list('/outside', 0).names).toContain('packed');
    expect(view.detail('/absent').fault).toContain('never_came.h5');
  });
});

describe('what cannot be read is said, and is never garbage', () => {
  it('of a filter: its plugin is fetched when values are read, also for the sources of a virtual dataset', () => {
    installed = false;
    const without = open('view_of_packed.h5');
    expect(without.detail('/view').dataset?.filters).toMatchObject([{ id: 32008, by: 'bshuf' }]);
    expect(() => read(without, '/view')).toThrow(
      'packed with bitshuffle, whose plugin is not installed here',
    );
    expect(plugins).toEqual(['bshuf']);
  });

  it('of a filter that the library meets behind what was looked at', () => {
    const { row } = open('kinds_latest.h5').detail('/packed');
    expect(row.shape).toEqual([3, 40, 50]);
    const file = library.open('raw/run/kinds_latest.h5');
    const place = { path: '/packed', sizeBytes: 24_000, holdsMemory: false };
    const selection = { count: [3n, 40n, 50n], offset: [0n, 0n, 0n], stride: [1n, 1n, 1n] };
    library.begin();
    expect(() => library.elements(file, { ...place, selection }, (bytes) => bytes)).toThrow(/filter/);
  });

  it('of virtual datasets whose files have not all come', () => {
    const view = open('series_view_latest.h5');
    expect(read(view, '/entry/data/data', '0').warning).toBeNull();
    expect(read(view, '/entry/data/data', '6').warning).toContain(
      'series_data_000003.h5, which is not in the store',
    );
  });

  it('of files that are none, cut off, still being written, or damaged inside', () => {
    const whole = readFileSync(`${LAYOUTS}layouts_latest.h5`);
    const earliest = readFileSync(`${LAYOUTS}layouts_earliest.h5`);
    const open3 = Buffer.from(whole);
    open3[8] = 3;
    open3[11] = 1;
    const damaged = Buffer.from(earliest);
    damaged.fill(0xee, 800, 30_000);
    const cases: [string, Uint8Array, RegExp][] = [
      ['empty.h5', Buffer.alloc(0), /is empty/],
      ['text.h5', Buffer.from('no HDF5 '.repeat(50)), /no HDF5 file/],
      ['cut.h5', whole.subarray(0, 20_000), /ends too early/],
      ['cut_old.h5', earliest.subarray(0, 20_000), /ends too early/],
      ['written.h5', open3, /still being written/],
    ];
    for (const [name, bytes, words] of cases) {
      made.set(`raw/made/${name}`, inMemory(bytes));
      expect(() => new Hdf5Reader(library, `raw/made/${name}`), name).toThrow(words);
    }
    expect(() => new Hdf5Reader(library, 'raw/made/none.h5')).toThrow(/no file raw\/made\/none.h5/);
    made.set('raw/made/damaged.h5', inMemory(damaged));
    expect(() => new Hdf5Reader(library, 'raw/made/damaged.h5')).toThrow(/damaged/);
  });

  it('of a store that does not answer while values are read', () => {
    const head = readFileSync(`${KINDS}large_head.h5`);
    let isDown = false;
    made.set('raw/made/down.h5', {
      sizeBytes: told.large.sizeBytes,
      fetch: (offset, length) => {
        if (isDown) throw new BytesFault('unreachable', 'The data server does not answer.');
        const bytes = new Uint8Array(length);
        bytes.set(head.subarray(offset, offset + length));
        return bytes;
      },
    });
    const reader = new Hdf5Reader(library, 'raw/made/down.h5');
    expect(numbers(read(reader, '/entry/data', '17, 0, :2'))).toEqual([0, 0]);
    isDown = true;
    expect(() => read(reader, '/entry/data', '4000, 0, :2')).toThrow('The data server does not answer.');
    isDown = false;
    expect(numbers(read(reader, '/entry/data', '4000, 0, :2'))).toEqual([0, 0]);
  });
});

describe('a file of 20 GB', () => {
  it('is opened and read in parts by few bytes', () => {
    const head = readFileSync(`${KINDS}large_head.h5`);
    const { sizeBytes, offset } = told.large;
    const frame = 1024 * 1024;
    const start = offset + 4321 * frame * 4;
    made.set('raw/made/large.h5', {
      sizeBytes,
      fetch: (from, length) => {
        const bytes = new Uint8Array(length);
        if (from < head.length) bytes.set(head.subarray(from, from + length));
        // Of one frame each value is its own number.
        const words = new DataView(bytes.buffer);
        const first = Math.max(from, start);
        const aligned = first + ((4 - ((first - start) % 4)) % 4);
        for (let at = aligned; at + 4 <= Math.min(from + length, start + frame * 4); at += 4) {
          words.setUint32(at - from, (at - start) / 4, true);
        }
        return bytes;
      },
    });
    fetchedBytes = 0;
    const reader = new Hdf5Reader(library, 'raw/made/large.h5');
    expect(sizeBytes).toBeGreaterThan(20e9);
    expect(reader.detail('/entry/data').dataset?.shape).toEqual([5000, 1024, 1024]);
    expect(fetchedBytes).toBeLessThan(1_000_000);
    const corner = read(reader, '/entry/data', '4321, 1000:1002, :3');
    expect(numbers(corner)).toEqual(
      [1000, 1001].flatMap((row) => [0, 1, 2].map((column) => row * 1024 + column)),
    );
    expect(fetchedBytes).toBeLessThan(2_000_000);
    const whole = numbers(read(reader, '/entry/data', '4321'));
    expect(whole.length).toBe(frame);
    expect(whole.every((value, n) => value === n)).toBe(true);
    expect(fetchedBytes).toBeLessThan(8_000_000);
    expect(() => read(reader, '/entry/data', ':')).toThrow(/up to .* are shown at a time/);
  });
});

describe('with the plugin', () => {
  it('a packed dataset and a view of it are read', async () => {
    installed = true;
    const fresh = await loadFresh();
    const counted = Array.from({ length: 2000 }, (_, n) => 4000 + n);
    expect(numbers(read(fresh('kinds_earliest.h5'), '/packed', '2'))).toEqual(counted);
    expect(numbers(read(fresh('view_of_packed.h5'), '/view', '2'))).toEqual(counted);
  });
});

/** The library remembers which plugins it lacks: as after another start. */
async function loadFresh() {
  const { Hdf5Library: Library } = await import('./hdf5-library.ts');
  const again = new Library(library.module, library.mount, (name) => readFileSync(pluginAddress(name)));
  return (name: string) => new Hdf5Reader(again, `raw/run/${name}`);
}
