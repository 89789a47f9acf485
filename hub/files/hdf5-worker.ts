import { parentPort } from 'node:worker_threads';
import { inspectData, inspectMaster } from './hdf5-inspect.ts';

export type Hdf5Question = { id: number; path: string } & (
  | { kind: 'master' }
  | { kind: 'data'; object: string }
);
export type Hdf5Answer = { id: number; facts: unknown } | { id: number; error: string };

parentPort?.on('message', async (question: Hdf5Question) => {
  const { id, path } = question;
  try {
    const facts = await (question.kind === 'master'
      ? inspectMaster(path)
      : inspectData(path, question.object));
    parentPort?.postMessage({ id, facts } satisfies Hdf5Answer);
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) } satisfies Hdf5Answer);
  }
});
