import type { Worker } from 'node:worker_threads';
import { startThread } from './packed.ts';
import type { MasterAnswer, MasterOrder } from './series-master.ts';
import type { PartsHashed, PartsOrder, SpoolAnswer, SpoolOrder } from './spool-worker.ts';

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * What takes long over spooled files, in a thread of its own, one after the other: SHA-256 of whole files, and master files
 * (whose masks are decoded), so that neither holds up the detector.
 */
export class SpoolThread {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  /** SHA-256 of the first `sizeBytes` of the file, hex. */
  hash(path: string | Uint8Array, sizeBytes: number): Promise<string> {
    return this.ask({ id: this.nextId++, kind: 'hash', path, sizeBytes }) as Promise<string>;
  }

  /** The same, of the bytes it begins with too, and the CRC32C of each part. */
  hashParts(order: PartsOrder): Promise<PartsHashed> {
    return this.ask({ id: this.nextId++, kind: 'parts', order }) as Promise<PartsHashed>;
  }

  /** Writes a master file; see `writeMaster`. */
  writeMaster(order: MasterOrder): Promise<MasterAnswer> {
    return this.ask({ id: this.nextId++, kind: 'master', order }) as Promise<MasterAnswer>;
  }

  private ask(order: SpoolOrder): Promise<unknown> {
    const worker = this.ensureWorker();
    return new Promise((resolve, reject) => {
      this.waiting.set(order.id, { resolve, reject });
      // Only a thread that has work keeps the process alive.
      worker.ref();
      worker.postMessage(order);
    });
  }

  private ensureWorker(): Worker {
    if (this.worker) return this.worker;
    const worker = startThread('agent/spool-worker.ts');
    worker.on('message', (answer: SpoolAnswer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if (this.waiting.size === 0) worker.unref();
      if ('result' in answer) waiting?.resolve(answer.result);
      else waiting?.reject(Object.assign(new Error(answer.error), { code: answer.code }));
    });
    worker.on('error', (error) => this.fail(worker, error));
    worker.on('exit', () => this.fail(worker, new Error('the thread for spooled files ended')));
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private fail(worker: Worker, error: unknown): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const orphans = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of orphans) reject(error instanceof Error ? error : new Error(String(error)));
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }
}
