import { setTimeout as sleep } from 'node:timers/promises';
import { Subscriber } from 'zeromq';
import type { ClockOffset } from '../agent/clock-offset.ts';
import { isFileFault } from '../agent/disk-fault.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { SpoolBudget } from '../agent/spool.ts';
import { sizeOf } from './message-memory.ts';
import type { SeriesAssembler } from './series-assembler.ts';

/** About one message a second comes; what a PUB socket has no room for here, it throws away. */
const RECEIVE_AHEAD_MESSAGES = 100;
/** One second of a detector of 2 kHz, with thousands of spots in every image, has some 10 MB. */
const MAX_MESSAGE_BYTES = 256 * 1024 ** 2;
const RECEIVE_TIMEOUT_MS = 200;
const RETRY_MS = 1000;

export interface MetadataSourceDeps {
  detector: string;
  endpoint: string;
  assembler: SeriesAssembler;
  budget: SpoolBudget;
  reports: ReportLog;
  clock: ClockOffset;
  makeRoom: () => void;
}

/**
 * Jungfraujoch publishes what it found in the images on a PUB socket beside its PUSH sockets: a SUB socket for that. A PUB socket
 * sends to whom is connected at the moment and never waits, so what is missed here is not repeated by anybody.
 */
export class MetadataSource {
  private readonly deps: MetadataSourceDeps;
  private readonly socket: Subscriber;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(deps: MetadataSourceDeps) {
    this.deps = deps;
    this.socket = new Subscriber({
      receiveHighWaterMark: RECEIVE_AHEAD_MESSAGES,
      receiveTimeout: RECEIVE_TIMEOUT_MS,
      maxMessageSize: MAX_MESSAGE_BYTES,
      reconnectInterval: 200,
      reconnectMaxInterval: 2000,
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 10,
      linger: 0,
    });
  }

  start(): void {
    this.socket.subscribe();
    this.socket.connect(this.deps.endpoint);
    this.running = this.run();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.take(await this.socket.receive());
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') continue;
        const { reports, detector } = this.deps;
        reports.addThrown('Metadata could not be received', error, detector);
        await this.pause();
      }
    }
  }

  /** Waits for room in the buffer, as images do. */
  private async take(parts: readonly Buffer[]): Promise<void> {
    const { assembler, budget, clock, reports, detector, makeRoom } = this.deps;
    const { signal } = this.stopping;
    const bytes = sizeOf(parts);
    for (let again = false; ; again = true) {
      while (!budget.fits(bytes) && !signal.aborted) await budget.freed(signal);
      try {
        assembler.handleSupplement(parts, { ...clock.mark(), waitedMs: 0 }, again);
        return;
      } catch (error) {
        if (!isFileFault(error)) throw error;
        reports.addSpoolFault(error, detector);
        makeRoom();
        await this.pause();
        if (signal.aborted) return;
      }
    }
  }

  private async pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  /** Resolves when nothing more is handed on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.socket.close();
  }
}
