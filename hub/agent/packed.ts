import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/*
 * What lies beside our code, and is not code of this thread: in a checkout files, in the single executable assets packed into it
 * (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html).
 */

/** The threads that the single executable has packed: paths below `hub/`. */
export const PACKED_THREADS = [
  'agent/spool-worker.ts',
  'files/hdf5-worker.ts',
  'files/inotify-reader.ts',
] as const;

/** Starts a thread of ours. */
export function startThread(file: (typeof PACKED_THREADS)[number], options: WorkerOptions = {}): Worker {
  if (isSea()) return new Worker(getAsset(file, 'utf8'), { ...options, eval: true });
  return new Worker(new URL(`../${file}`, import.meta.url), options);
}

/** The version of this program, "0.1.0". */
export function readVersion(): string {
  const manifest = isSea()
    ? getAsset('package.json', 'utf8')
    : readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
