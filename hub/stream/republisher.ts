import { setTimeout as sleep } from 'node:timers/promises';
import { Push } from 'zeromq';
import type { RepublishConfig } from '../agent/detector-config.ts';
import type { ReportLog } from '../agent/report-log.ts';

/** What ZeroMQ holds per consumer beyond our own queue: little, so that the configured limits are the true ones. */
const SEND_AHEAD_MESSAGES = 4;
const RETRY_MS = 2000;
/** How long one attempt to send waits before it looks whether the process is to stop. */
const SEND_TIMEOUT_MS = 200;
/** At a stop, what waits is still sent to a consumer that takes it. */
const STOP_MS = 1000;
const COMPACT_AFTER = 1000;

/**
 * Sends every message of a detector on, unchanged, for a second consumer (a daisy chain). It has no say in receiving: what
 * does not fit into its queue is not sent, counted and told. When the consumer is slow it lacks messages; our own data do not.
 */
export class Republisher {
  private readonly config: RepublishConfig;
  private readonly reports: ReportLog;
  private readonly detector: string;
  private readonly socket: Push;
  private readonly stopping = new AbortController();
  private readonly queue: (readonly Buffer[])[] = [];
  /** Messages before it in the queue are gone. */
  private head = 0;
  private queuedBytes = 0;
  private wake: () => void = () => {};
  private running: Promise<void> = Promise.resolve();
  private stopAtMs = Number.POSITIVE_INFINITY;

  constructor(deps: { config: RepublishConfig; reports: ReportLog; detector: string }) {
    this.config = deps.config;
    this.reports = deps.reports;
    this.detector = deps.detector;
    this.socket = new Push({
      sendHighWaterMark: SEND_AHEAD_MESSAGES,
      sendTimeout: SEND_TIMEOUT_MS,
      reconnectInterval: 200,
      reconnectMaxInterval: 2000,
      tcpKeepalive: 1,
      linger: STOP_MS,
    });
  }

  start(): void {
    this.running = this.run();
  }

  private report(level: 'warn' | 'error', code: string, message: string): void {
    this.reports.add({ level, code, message, detector: this.detector });
  }

  private get waiting(): number {
    return this.queue.length - this.head;
  }

  /**
   * Takes a message for the consumer; false when the queue is full. The memory of what was taken belongs to ZeroMQ too from
   * here on, until the collector finds it unused: nobody may release or overwrite it.
   */
  offer(parts: readonly Buffer[]): boolean {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const { maxBytes, maxMessages, endpoint } = this.config;
    // One message alone may be larger than the limit: a start with its masks.
    const fits = this.waiting === 0 || (this.waiting < maxMessages && this.queuedBytes + bytes <= maxBytes);
    if (!fits || this.stopping.signal.aborted) {
      const megabytes = Math.round(this.queuedBytes / 1e6);
      this.report(
        'warn',
        'republish-dropped',
        `A message was not sent on: ${this.waiting} messages (${megabytes} MB) wait already at ${endpoint}. Our own data are complete; see why the consumer does not keep up.`,
      );
      return false;
    }
    this.queue.push(parts);
    this.queuedBytes += bytes;
    this.wake();
    return true;
  }

  private next(): readonly Buffer[] | undefined {
    return this.queue[this.head];
  }

  private sent(parts: readonly Buffer[]): void {
    this.queuedBytes -= parts.reduce((sum, part) => sum + part.length, 0);
    // Holding the place instead of the message; places are given up in bulk, since taking the first of a list moves the rest.
    this.queue[this.head++] = [];
    if (this.head < this.queue.length && this.head < COMPACT_AFTER) return;
    this.queue.splice(0, this.head);
    this.head = 0;
  }

  private async open(): Promise<void> {
    const { endpoint, mode } = this.config;
    if (mode === 'connect') {
      this.socket.connect(endpoint);
      return;
    }
    while (!this.stopping.signal.aborted) {
      try {
        await this.socket.bind(endpoint);
        return;
      } catch (error) {
        this.report(
          'error',
          'republish-bind-failed',
          `Messages cannot be sent on from ${endpoint}: ${String(error)}. Trying again.`,
        );
        await this.pause(RETRY_MS);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async run(): Promise<void> {
    await this.open();
    while (performance.now() < this.stopAtMs) {
      const parts = this.next();
      if (parts === undefined) {
        if (this.stopping.signal.aborted) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      try {
        await this.socket.send([...parts]);
        this.sent(parts);
      } catch (error) {
        // Nobody takes it now.
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') continue;
        this.report('error', 'republish-failed', `A message could not be sent on: ${String(error)}.`);
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Sends what waits for a second at most; the rest is counted as dropped. */
  async stop(): Promise<void> {
    this.stopAtMs = performance.now() + STOP_MS;
    this.stopping.abort();
    this.wake();
    await this.running;
    if (this.waiting > 0) {
      const { endpoint } = this.config;
      this.report(
        'warn',
        'republish-dropped',
        `${this.waiting} messages were not sent on before the stop: nobody took them at ${endpoint}.`,
      );
    }
    this.socket.close();
  }
}
