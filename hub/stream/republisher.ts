import { Worker } from 'node:worker_threads';
import type { RepublishConfig } from '../agent/detector-config.ts';
import type { ReportLog } from '../agent/report-log.ts';
import { releaseMessage, sizeOf, takeMemory } from './message-memory.ts';
import type { RepublishNews, RepublishOrder, RepublishWorkerData } from './republish-worker.ts';

/**
 * Sends every message of a detector on, unchanged, for a second consumer (a daisy chain), from a thread of its own. It has no
 * say in receiving: what does not fit into its queue is not sent, counted and told. When the consumer is slow it lacks
 * messages; our own data do not.
 */
export class Republisher {
  private readonly config: RepublishConfig;
  private readonly reports: ReportLog;
  private readonly detector: string;
  private readonly sent = new BigInt64Array(new SharedArrayBuffer(16));
  private worker: Worker | null = null;
  private ended: Promise<void> = Promise.resolve();
  private takenMessages = 0;
  private takenBytes = 0;

  constructor(deps: { config: RepublishConfig; reports: ReportLog; detector: string }) {
    this.config = deps.config;
    this.reports = deps.reports;
    this.detector = deps.detector;
  }

  start(): void {
    const workerData: RepublishWorkerData = { config: this.config, sent: this.sent };
    const worker = new Worker(new URL('./republish-worker.ts', import.meta.url), { workerData });
    worker.on('message', ({ code, message }: RepublishNews) => this.report('error', code, message));
    worker.on('error', (error) => {
      this.worker = null;
      this.report('error', 'republish-failed', `Sending on has ended: ${String(error)}. Restart the HUB.`);
    });
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.worker = worker;
  }

  private report(level: 'warn' | 'error', code: string, message: string): void {
    this.reports.add({ level, code, message, detector: this.detector });
  }

  private get waitingMessages(): number {
    return this.takenMessages - Number(Atomics.load(this.sent, 0));
  }

  private get waitingBytes(): number {
    return this.takenBytes - Number(Atomics.load(this.sent, 1));
  }

  /**
   * Takes a message for the consumer; false when the queue is full.
   * @param done nobody holds a view of the message any more: then its memory is taken over, or released, and every view of it
   *   is empty afterwards. Else it is copied.
   */
  offer(parts: readonly Buffer[], done: boolean): boolean {
    const bytes = sizeOf(parts);
    if (!this.worker || !this.fits(bytes)) {
      const megabytes = Math.round(this.waitingBytes / 1e6);
      this.report(
        'warn',
        'republish-dropped',
        `A message was not sent on: ${this.waitingMessages} messages (${megabytes} MB) wait already at ${this.config.endpoint}. Our own data are complete; see why the consumer does not keep up.`,
      );
      if (done) for (const part of parts) releaseMessage(part);
      return false;
    }
    this.takenMessages++;
    this.takenBytes += bytes;
    const moved = parts.map((part) => (done ? takeMemory(part) : Uint8Array.from(part)));
    const order: RepublishOrder = { parts: moved };
    this.worker.postMessage(
      order,
      moved.map(({ buffer }) => buffer),
    );
    return true;
  }

  private fits(bytes: number): boolean {
    const { maxBytes, maxMessages } = this.config;
    const waiting = this.waitingMessages;
    // One message alone may be larger than the limit: a start with its masks.
    return waiting === 0 || (waiting < maxMessages && this.waitingBytes + bytes <= maxBytes);
  }

  /** Sends what waits for a second at most; the rest is told. */
  async stop(): Promise<void> {
    const order: RepublishOrder = 'stop';
    this.worker?.postMessage(order);
    await this.ended;
    this.worker = null;
    const left = this.waitingMessages;
    if (left === 0) return;
    const message = `${left} messages were not sent on before the stop: nobody took them at ${this.config.endpoint}.`;
    this.report('warn', 'republish-dropped', message);
  }
}
