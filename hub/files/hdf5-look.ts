import { existsSync } from 'node:fs';
import h5wasm, { type Dataset, File } from 'h5wasm/node';

/* Looking into HDF5 files with the library itself: what is not there, or not as it should be, is null. */

type Entity = ReturnType<File['get']>;
type Plain = number | string | null;

export const isDataset = (entity: Entity): entity is Dataset => entity !== null && 'slice' in entity;

/** Null: it is gone. Rejects when it is no HDF5 file, or not whole. */
export async function withFile<T>(path: string, read: (file: File) => T): Promise<T | null> {
  const library = await h5wasm.ready;
  // What it finds wrong is thrown, in place of being written to stderr.
  library.activate_throwing_error_handler();
  let file: File;
  try {
    file = new File(path, 'r');
  } catch {
    if (!existsSync(path)) return null;
    throw new Error('it is no HDF5 file, or not whole, or still open for writing');
  }
  try {
    return read(file);
  } finally {
    file.close();
  }
}

/** The library throws where nothing is under a name. */
export function entityAt(file: File, path: string): Entity {
  try {
    return file.get(path);
  } catch {
    return null;
  }
}

export function at(file: File, path: string): Dataset | null {
  const entity = entityAt(file, path);
  return isDataset(entity) ? entity : null;
}

export function plainOf(value: unknown): Plain {
  if (ArrayBuffer.isView(value)) return plainOf((value as unknown as ArrayLike<number | bigint>)[0]);
  if (Array.isArray(value)) return plainOf(value[0]);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}

/** The first element; null when there is none or it is large. */
function scalarAt(file: File, path: string): Plain {
  const dataset = at(file, path);
  const size = dataset?.shape?.reduce((product, length) => product * length, 1) ?? 0;
  return dataset === null || size > 16 || size < 1 ? null : plainOf(dataset.value);
}

export function textAt(file: File, path: string): string | null {
  const value = scalarAt(file, path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : null;
}

export function numberAt(file: File, path: string): number | null {
  const value = scalarAt(file, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

const METRES: Readonly<Record<string, number>> = { m: 1, mm: 1e-3, um: 1e-6, µm: 1e-6 };

/** In metres; NXmx gives each length its unit. */
export function lengthAt(file: File, path: string): number | null {
  const value = numberAt(file, path);
  const units = at(file, path)?.attrs.units?.value;
  const factor = typeof units === 'string' ? METRES[units] : 1;
  return value === null || factor === undefined || !(value > 0) ? null : value * factor;
}
