// Before the library: it must listen when that starts.

import * as hdf5 from 'h5wasm';
import { Hdf5Library, type LoadPlugin } from './hdf5-library.ts';
import { releaseConsole } from './library-words.ts';
import { StoreMount } from './store-mount.ts';
import type { FindStored } from './stored-bytes.ts';

/** Starts the compiled library: 4 MB, a fifth of a second. Once per thread, since its mounts stay. */
export async function loadLibrary(find: FindStored, loadPlugin: LoadPlugin): Promise<Hdf5Library> {
  const compiled = await hdf5.ready;
  releaseConsole();
  return new Hdf5Library(compiled, new StoreMount(compiled.FS, find), loadPlugin);
}
