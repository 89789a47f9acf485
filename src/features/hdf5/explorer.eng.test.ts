import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDtypeArray, DTYPES } from '#src/shared/model/dtype.ts';
import { npyFile } from './npy.ts';
import type { Hdf5Library } from './reading/hdf5-library.ts';
import { Hdf5Reader } from './reading/hdf5-reader.ts';
import { loadLibrary } from './reading/load-library.ts';
import { pluginAddress } from './reading/plugin-addresses.ts';
import { parseSlice } from './slice-expression.ts';

// Debian's Python: the filter plug-ins belong to it.
const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, '..', '..', 'shared', 'hdf5', 'testing', 'write_layouts.py');
const TEST_DATA = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'testdata');

function has(check: string): boolean {
  try {
    execFileSync(PYTHON, ['-c', check], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not installed: skipped by name
  }
}
const hasNumpy = has('import numpy');
const hasH5py = has('import h5py; assert h5py.h5z.filter_avail(32008) and h5py.h5z.filter_avail(32004)');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beamdeck-explorer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasNumpy)('NumPy (skipped where it is not installed)', () => {
  it('reads what is saved for it, of every type and number of axes', () => {
    for (const dtype of DTYPES) {
      for (const [n, shape] of [[], [5], [2, 3], [2, 1, 2, 3]].entries()) {
        const values = createDtypeArray(
          dtype,
          shape.reduce((all, one) => all * one, 1),
        );
        for (let i = 0; i < values.length; i++)
          values[i] = (dtype.endsWith('8') && dtype[0] !== 'f' ? BigInt(i) : i) as never;
        writeFileSync(join(folder, `${dtype}_${n}.npy`), npyFile(values, dtype, shape));
      }
    }
    const script = `
import glob, json, numpy, os, sys
print(json.dumps({os.path.basename(f)[:-4]: [a.dtype.str[1:], list(a.shape), a.ravel().tolist()]
  for f in glob.glob(sys.argv[1] + "/*.npy") for a in [numpy.load(f, allow_pickle=False)]}))`;
    const read = JSON.parse(execFileSync(PYTHON, ['-c', script, folder], { encoding: 'utf8' })) as Record<
      string,
      [string, number[], number[]]
    >;
    expect(Object.keys(read)).toHaveLength(DTYPES.length * 4);
    for (const [name, [dtype, shape, values]] of Object.entries(read)) {
      expect(dtype, name).toBe(name.slice(0, 2));
      expect(shape, name).toEqual([[], [5], [2, 3], [2, 1, 2, 3]][Number(name[3])]);
      expect(values, name).toEqual(values.map((_, n) => n));
    }
  });
});

interface Report {
  [dataset: string]: { shape: number[]; frames: (string | null)[] };
}

describe.skipIf(!hasH5py)('files of h5py (skipped without h5py and its bitshuffle and LZ4 filters)', () => {
  let library: Hdf5Library;
  beforeAll(async () => {
    execFileSync(PYTHON, [SCRIPT, 'all', folder]);
    library = await loadLibrary(
      (path) => {
        const place = path.startsWith('testdata/') ? join(TEST_DATA, path.slice(9)) : join(folder, path);
        if (!existsSync(place) || !statSync(place).isFile()) return null;
        const bytes = readFileSync(place);
        return {
          sizeBytes: bytes.length,
          fetch: (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
        };
      },
      (name) => readFileSync(pluginAddress(name)),
    );
  });

  function compare(path: string, report: Report): number {
    const reader = new Hdf5Reader(library, path);
    let compared = 0;
    for (const [dataset, { shape, frames }] of Object.entries(report)) {
      const name = dataset.startsWith('/') ? dataset : `/${dataset}`;
      const channels = shape.length === 4 ? shape[1]! : 1;
      for (const [n, expected] of frames.entries()) {
        if (expected === null) continue;
        const at = shape.length === 4 ? `${Math.floor(n / channels)}, ${n % channels}` : String(n);
        const slice = reader.slice({ path: name, choice: parseSlice(shape.length > 2 ? at : '', shape) });
        if (slice.kind !== 'numbers') throw new Error(`${name} is no array of numbers`);
        const { buffer, byteOffset, byteLength } = slice.values;
        const hash = createHash('sha256')
          .update(new Uint8Array(buffer, byteOffset, byteLength))
          .digest('hex');
        expect(hash, `${path} ${name} ${n}`).toBe(expected);
        compared++;
      }
    }
    return compared;
  }

  it.each(['filters_earliest', 'filters_latest', 'types_earliest', 'types_latest', 'userblock_latest'])(
    'every filter, type and layout of %s',
    (name) => {
      const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Report;
      expect(compare(`${name}.h5`, report)).toBeGreaterThan(50);
    },
  );

  const real = existsSync(TEST_DATA)
    ? ['hdf5', 'mx_nxmx'].flatMap((sub) =>
        readdirSync(join(TEST_DATA, sub))
          .filter((name) => /^(eiger1|lyso_data|lyso_master|AgBehenate)/.test(name))
          .map((name) => `${sub}/${name}`),
      )
    : [];
  it.skipIf(real.length === 0)('files of real detectors (skipped without the test data)', () => {
    for (const name of real) {
      const told = execFileSync(PYTHON, [SCRIPT, 'report', join(TEST_DATA, name)], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      const reports = JSON.parse(told) as Record<string, Report>;
      expect(compare(`testdata/${name}`, Object.values(reports)[0]!), name).toBeGreaterThan(0);
    }
  });
});
