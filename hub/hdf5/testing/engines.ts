import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';

// Readers of the field, as far as this machine has them. Debian's Python: DIALS and the filter plug-ins belong to it.
const PYTHON = '/usr/bin/python3';
const READER = fileURLToPath(new URL('./read_series.py', import.meta.url));
const INDEXER = fileURLToPath(new URL('./index_series.py', import.meta.url));

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not installed: the tests of that engine are skipped by name
  }
}

const filtersCheck = 'import h5py; assert h5py.h5z.filter_avail(32008) and h5py.h5z.filter_avail(32004)';
export const hasH5dump = succeeds('h5dump', ['--version']);
export const hasH5py = succeeds(PYTHON, ['-c', filtersCheck]);
export const hasDials = hasH5py && succeeds(PYTHON, ['-c', 'import dxtbx.format.FormatNXmx']);
/** Path of neggia's plug-in for XDS, built by whoever wants this test. */
export const neggiaPlugin = process.env.BEAMDECK_NEGGIA_PLUGIN;

export function h5dump(args: readonly string[]): string {
  return execFileSync('h5dump', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

export function python(code: string, args: readonly string[], cwd?: string): string {
  return execFileSync(PYTHON, ['-c', code, ...args], { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

function readSeries(args: readonly string[]): unknown {
  const output = execFileSync(PYTHON, [READER, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return JSON.parse(output.slice(output.indexOf('{')));
}

export interface H5pyReport {
  channels: Record<
    string,
    { dtype: string; shape: number[]; virtual: boolean; fill: number; frames: string[] }
  >;
  /** The array of all channels, of masters that have one. */
  all?: {
    name: string;
    axes: string[];
    shape: number[];
    virtual: boolean;
    /** Per channel, in the order of the array. */
    frames: Record<string, string[]>;
  };
  links: Record<string, [fileName: string, path: string, shape: number[]]>;
  chunks: Record<string, ([filterMask: number, sha256: string] | null)[]>;
  mask?: { stored: string; plain: string };
}

export function readWithH5py(master: string): H5pyReport {
  return readSeries(['h5py', master]) as H5pyReport;
}

export interface DxtbxReport {
  format: string;
  images: number;
  frames: string[];
  experiments: number;
  imageset: string;
  oscillation: [startDeg: number, widthDeg: number] | null;
  axis: [number, number, number] | null;
  distance: number;
  origin: [number, number, number];
  trusted: [number, number];
  wavelength: number;
  masked: number | null;
}

export function readWithDials(master: string): DxtbxReport {
  return readSeries(['dxtbx', master]) as DxtbxReport;
}

export interface IndexingReport {
  /** a, b, c in Å, then α, β, γ in degrees. */
  cell: number[];
  images: number;
  strong: number;
  indexed: number;
  /** Root mean square distance of observed and predicted spot centres, pixels. */
  rmsdPx: number;
}

/** Imports a rotation series, finds its spots and indexes them. @param options of dials.index; @param folder for what DIALS writes */
export function indexWithDials(master: string, folder: string, options: readonly string[]): IndexingReport {
  const output = execFileSync(PYTHON, [INDEXER, master, ...options], {
    ...{ cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: 'pipe' },
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as IndexingReport;
}

export interface NeggiaReport {
  size: [number, number];
  images: number;
  bytes: number;
  pixelSizeM: number;
  frames: (string | null)[];
}

export function readWithNeggia(master: string, plugin: string): NeggiaReport {
  return readSeries(['neggia', master, plugin]) as NeggiaReport;
}

export function sha256(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}

/** DIALS' view of integer pixels: int32, with the two highest values of the depth as -1 and -2 (32 bits: below 2^31). */
export function dialsPixels(dtype: Dtype, pixels: DtypeArray): Int32Array {
  const top = dtype[1] === '4' ? 2 ** 31 : 2 ** (8 * Number(dtype[1]));
  return Int32Array.from(pixels as ArrayLike<number>, (value) => {
    const signed = value | 0;
    if (signed === top - 1) return -1;
    return signed === top - 2 ? -2 : signed;
  });
}

/** neggia's view: mask bit 0 gives -1, bits 1 to 4 give -2, the type maximum (32 bits: beyond int32) gives -1. */
export function neggiaPixels(dtype: Dtype, pixels: DtypeArray, mask: ArrayLike<number>): Int32Array {
  const maximum = dtype === 'u4' ? 2 ** 31 : 2 ** (8 * Number(dtype[1])) - 1;
  return Int32Array.from(pixels as ArrayLike<number>, (value, index) => {
    const bits = mask[index] ?? 0;
    if (bits & 1) return -1;
    if (bits & 0x1e) return -2;
    return value >= maximum ? -1 : value;
  });
}
