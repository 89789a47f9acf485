import { parentPort } from 'node:worker_threads';
import type { MasterChannel } from '#src/shared/hdf5/master-channels.ts';
import { inspectData, inspectMaster } from './hdf5-inspect.ts';

export type Hdf5Question = { id: number; path: string } & (
  | { kind: 'master' }
  | { kind: 'data'; object: string; channels: readonly MasterChannel[] }
);
export type Hdf5Answer = { id: number; facts: unknown } | { id: number; error: string };

parentPort?.on('message', async (question: Hdf5Question) => {
  const { id, path } = question;
  try {
    const facts = await (question.kind === 'master'
      ? inspectMaster(path)
      : inspectData(path, question.object, question.channels));
    parentPort?.postMessage({ id, facts } satisfies Hdf5Answer);
  } catch (error) {
    // After a trap nobody knows what state the library is in: this thread ends, and the next question gets another.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ id, error: said } satisfies Hdf5Answer);
  }
});
