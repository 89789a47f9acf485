import { loadPackedNative } from '../packed-natives.ts';

/* Stands in the single executable for the package `koffi`, whose own way to its native module leads through `node_modules`. */

/** Of the native module what ours use; the package adds only what is out of date to it. */
export interface Koffi {
  load(library: string): { func(declaration: string): (...values: unknown[]) => unknown };
  errno(): number;
  os: { errno: Readonly<Record<string, number>> };
}

export default loadPackedNative('koffi.node') as Koffi;
