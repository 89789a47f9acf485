import type { Asks, FromWorker, OpenedPlace, ToWorker } from './messages.ts';

/** What the worker could not do; the message is for people. */
export class Hdf5Fault extends Error {
  readonly reason: 'fault' | 'overtaken' | 'stopped';
  constructor(reason: Hdf5Fault['reason'], message: string) {
    super(message);
    this.name = 'Hdf5Fault';
    this.reason = reason;
  }
}

interface Waiting {
  message: Extract<ToWorker, { id: number }>;
  /** Of those with equal words only the newest is done. */
  topic: string | null;
  resolve(answer: Asks[keyof Asks]['answer']): void;
  reject(fault: Hdf5Fault): void;
}

/**
 * The page's side of the worker that reads one file. One question at a time goes to it, since it cannot be interrupted; so what waits can be
 * overtaken, and `stop` ends whatever it is at. Call `close` when the page goes.
 */
export class Hdf5Client {
  private readonly place: OpenedPlace;
  private worker: Worker | null = null;
  private current: Waiting | null = null;
  private queue: Waiting[] = [];
  private nextId = 1;
  private readonly listeners = new Set<() => void>();

  constructor(place: OpenedPlace) {
    this.place = place;
  }

  /** True while the worker is at something. */
  get isBusy(): boolean {
    return this.current !== null;
  }

  onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./hdf5-worker.ts', import.meta.url), {
      type: 'module',
      name: 'HDF5 reader',
    });
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.settle(event.data);
    worker.onerror = () =>
      this.end(new Hdf5Fault('fault', 'The reader of HDF5 could not be started. Load the page again.'));
    worker.postMessage({ kind: 'open', place: this.place } satisfies ToWorker);
    this.worker = worker;
    return worker;
  }

  /** @param topic a later question of the same topic takes its place as long as it waits. Rejects with Hdf5Fault. */
  ask<K extends keyof Asks>(
    kind: K,
    input: Asks[K]['input'],
    topic: string | null = null,
  ): Promise<Asks[K]['answer']> {
    const { promise, resolve, reject } = Promise.withResolvers<Asks[K]['answer']>();
    if (topic !== null) {
      for (const old of this.queue.filter((one) => one.topic === topic)) {
        old.reject(new Hdf5Fault('overtaken', 'Overtaken.'));
      }
      this.queue = this.queue.filter((one) => one.topic !== topic);
    }
    const message = { kind, id: this.nextId++, input } as Waiting['message'];
    this.queue.push({ message, topic, reject, resolve: (answer) => resolve(answer as Asks[K]['answer']) });
    this.next();
    return promise;
  }

  private next(): void {
    if (this.current) return;
    const next = this.queue.shift();
    if (next) {
      this.current = next;
      (this.worker ?? this.start()).postMessage(next.message);
    }
    this.changed();
  }

  private settle(message: FromWorker): void {
    const { current } = this;
    if (!current || current.message.id !== message.id) return;
    this.current = null;
    if (message.ok) current.resolve(message.answer);
    else {
      current.reject(new Hdf5Fault('fault', message.message));
      if (message.broken) this.drop();
    }
    this.next();
  }

  private drop(): void {
    this.worker?.terminate();
    this.worker = null;
  }

  private end(fault: Hdf5Fault): void {
    this.drop();
    const waiting = [...(this.current ? [this.current] : []), ...this.queue];
    this.current = null;
    this.queue = [];
    for (const one of waiting) one.reject(fault);
    this.changed();
  }

  /** Ends what the worker is at; the next question starts another one. */
  stop(): void {
    this.end(new Hdf5Fault('stopped', 'Stopped.'));
  }

  close(): void {
    this.listeners.clear();
    this.end(new Hdf5Fault('stopped', 'Closed.'));
  }
}
