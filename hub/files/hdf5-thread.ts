import type { Worker } from 'node:worker_threads';
import type { MasterChannel } from '#src/shared/hdf5/master-channels.ts';
import { startThread } from '../agent/packed.ts';
import type { DataFacts, MasterFacts } from './hdf5-inspect.ts';
import type { Hdf5Answer, Hdf5Question } from './hdf5-worker.ts';

/** A file over which the library thinks longer than this is given up. */
const PATIENCE_MS = 60_000;

/** Looks into HDF5 files in a thread of its own, one after the other: broken ones end it, and nothing else. */
export class Hdf5Thread {
  private worker: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private nextId = 1;

  /** Null: no master. Rejects when the file cannot be read or understood. */
  master(path: string): Promise<MasterFacts | null> {
    return this.inTurn({ kind: 'master', path }) as Promise<MasterFacts | null>;
  }

  /** Null: no frames in a form that is known. Rejects as `master`. */
  data(path: string, object: string, channels: readonly MasterChannel[]): Promise<DataFacts | null> {
    return this.inTurn({ kind: 'data', path, object, channels }) as Promise<DataFacts | null>;
  }

  private inTurn(
    question: { path: string } & (
      | { kind: 'master' }
      | { kind: 'data'; object: string; channels: readonly MasterChannel[] }
    ),
  ): Promise<unknown> {
    const asked = this.last.then(() => this.ask({ id: this.nextId++, ...question }));
    this.last = asked.catch(() => undefined);
    return asked;
  }

  private ask(question: Hdf5Question): Promise<unknown> {
    const worker = this.ensureWorker();
    return new Promise((resolve, reject) => {
      const end = (action: () => void) => {
        clearTimeout(patience);
        worker.off('message', heard);
        worker.off('error', fail);
        worker.off('exit', gone);
        action();
      };
      const fail = (error: unknown) => {
        this.worker = null;
        void worker.terminate();
        end(() => reject(error instanceof Error ? error : new Error(String(error))));
      };
      const gone = () => fail(new Error('the thread for HDF5 files ended'));
      const heard = (answer: Hdf5Answer) => {
        if (answer.id !== question.id) return;
        end(() => ('facts' in answer ? resolve(answer.facts) : reject(new Error(answer.error))));
      };
      const patience = setTimeout(
        () => fail(new Error('the HDF5 library did not come to an end with it')),
        PATIENCE_MS,
      );
      patience.unref();
      worker.on('message', heard);
      worker.on('error', fail);
      worker.on('exit', gone);
      worker.postMessage(question);
    });
  }

  private ensureWorker(): Worker {
    // The library writes what it finds wrong to stderr; it is told by the answers.
    this.worker ??= startThread('files/hdf5-worker.ts', { stderr: true });
    this.worker.unref();
    return this.worker;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = null;
  }
}
