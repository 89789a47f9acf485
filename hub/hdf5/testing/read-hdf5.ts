import { join } from 'node:path';
import h5wasm, { type Dataset, File } from 'h5wasm/node';

const PLUGINS = join(import.meta.dirname, '..', '..', '..', 'node_modules', 'h5wasm-plugins', 'plugins');

/** Opens a file with the HDF5 library itself (in WebAssembly, with the compression filters) for the time of `read`. */
export async function withHdf5File<T>(path: string, read: (file: File) => T): Promise<T> {
  // The package's own `install_local_plugins` takes the folder from its URL, in which a space is %20.
  (await h5wasm.ready).insert_plugin_search_path(PLUGINS, 0);
  const file = new File(path, 'r');
  try {
    return read(file);
  } finally {
    file.close();
  }
}

export function datasetAt(file: File, path: string): Dataset {
  const entity = file.get(path);
  if (entity === null || !('slice' in entity)) throw new Error(`${file.filename} has no dataset ${path}`);
  return entity as Dataset;
}

/** All elements, flat, in C order. */
export function datasetValues(file: File, path: string): ArrayLike<number | bigint> {
  const values = datasetAt(file, path).value;
  if (!ArrayBuffer.isView(values)) throw new Error(`${path} is no numeric array`);
  return values as unknown as ArrayLike<number | bigint>;
}
