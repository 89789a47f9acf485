import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Pull } from 'zeromq';
import type { DetectorStatus } from '#src/shared/contracts/agent-api.ts';
import type { DetectorState } from '#src/shared/model/states.ts';
import type { ClockOffset } from '../agent/clock-offset.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import { isFileFault } from '../agent/disk-fault.ts';
import type { Journal } from '../agent/journal.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { SpoolBudget } from '../agent/spool.ts';
import { releaseMessage, sizeOf } from './message-memory.ts';
import { MetadataSource } from './metadata-source.ts';
import { noteReadUpTo, type ReadingLag } from './reading-lag.ts';
import { Republisher } from './republisher.ts';
import type { MessageUse, SeriesAssembler } from './series-assembler.ts';
import type { Arrival } from './series-sink.ts';

/**
 * Messages that ZeroMQ takes from the network ahead of us. They are gone when the process is killed, so it is small;
 * measured on loopback, 16 frames of 1 MB are enough to keep the receive loop fed.
 */
const RECEIVE_AHEAD_MESSAGES = 16;
/** A start with masks and flat fields of 16 Mpx has about 150 MB; larger messages are cut off with the connection. */
const MAX_MESSAGE_BYTES = 1024 ** 3;
const RETRY_MS = 2000;
const WRITE_RETRY_MS = 1000;
/** How long one receive waits before it looks whether the process is to stop. */
const RECEIVE_TIMEOUT_MS = 200;
/** At a stop, what ZeroMQ has taken already is still stored, but a detector that goes on sending cannot hold us up. */
const DRAIN_MS = 1000;
const QUIET_AFTER_MS = 5000;
/** Frames are handled this long before timers and network of the rest of the process get their turn. */
const YIELD_EVERY_MS = 5;

export interface StreamSourceDeps {
  detector: DetectorConfig;
  assembler: SeriesAssembler;
  budget: SpoolBudget;
  reports: ReportLog;
  log: Logger;
  now: () => number;
  clock: ClockOffset;
  journal: Journal;
  lag: ReadingLag;
  /** Called when the buffer's file system is full: what can be removed is. */
  makeRoom: () => void;
}

/**
 * One detector's PULL socket: receives, waits when the spool is full (the sender then waits too), knows the state of the
 * connection. Runs until `stop`.
 */
export class StreamSource {
  private readonly deps: StreamSourceDeps;
  private readonly socket: Pull;
  private readonly republisher: Republisher | null;
  private readonly metadata: MetadataSource | null;
  private readonly stopping = new AbortController();
  private readonly peers = new Set<string>();
  private lastMessageMs: number | null = null;
  private bindFault = false;
  private waitingForRoom = false;
  private running: Promise<void> = Promise.resolve();
  private drainUntilMs = 0;

  constructor(deps: StreamSourceDeps) {
    this.deps = deps;
    this.socket = new Pull({
      receiveHighWaterMark: RECEIVE_AHEAD_MESSAGES,
      receiveTimeout: RECEIVE_TIMEOUT_MS,
      maxMessageSize: MAX_MESSAGE_BYTES,
      reconnectInterval: 200,
      reconnectMaxInterval: 2000,
      // A detector that loses power does not say goodbye: without keep-alive the cockpit would show "connected" for hours.
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 10,
      tcpKeepaliveInterval: 5,
      tcpKeepaliveCount: 3,
      linger: 0,
    });
    const { detector, reports } = deps;
    this.republisher = detector.republish
      ? new Republisher({ config: detector.republish, reports, detector: detector.name })
      : null;
    this.metadata =
      detector.metadata === null
        ? null
        : new MetadataSource({ ...deps, detector: detector.name, endpoint: detector.metadata });
    this.watchConnection();
  }

  start(): void {
    this.republisher?.start();
    this.metadata?.start();
    this.running = this.run();
  }

  private watchConnection(): void {
    const { events } = this.socket;
    events.on('handshake', ({ address }) => {
      this.peers.add(address);
      this.deps.lag.connected(this.deps.clock.mark().steadyMs);
      this.deps.log.info({ detector: this.deps.detector.name, address }, 'detector connected');
    });
    events.on('disconnect', ({ address }) => {
      this.peers.delete(address);
      this.deps.log.info({ detector: this.deps.detector.name, address }, 'detector disconnected');
    });
    const failed = (what: string) => (event: { address: string; error?: Error }) => {
      this.report(
        'error',
        'handshake-failed',
        `${what} with ${event.address}: ${event.error?.message ?? 'unknown'}.`,
      );
    };
    events.on('handshake:error:protocol', failed('The peer does not speak ZeroMQ'));
    events.on('handshake:error:auth', failed('Authentication failed'));
    events.on('handshake:error:other', failed('Handshake failed'));
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string): void {
    this.deps.reports.add({ level, code, message, detector: this.deps.detector.name });
  }

  private async run(): Promise<void> {
    const { endpoints, mode } = this.deps.detector;
    for (const endpoint of endpoints) {
      if (mode === 'connect') this.socket.connect(endpoint);
      else await this.bind(endpoint);
    }
    const { clock, lag } = this.deps;
    let sliceStartMs = this.deps.now();
    while (!this.isDrained()) {
      let parts: Buffer[];
      try {
        lag.asks(clock.mark().steadyMs, !this.socket.readable);
        parts = await this.socket.receive();
      } catch (error) {
        const stopped = this.stopping.signal.aborted;
        if (this.socket.closed) return;
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          if (stopped) return;
          lag.waitedInVain(clock.mark().steadyMs, !this.socket.readable, this.isConnected);
          continue;
        }
        this.report('error', 'receive-failed', `Receiving failed: ${String(error)}.`);
        await this.pause(RETRY_MS);
        continue;
      }
      const mark = clock.mark();
      const nowMs = mark.wallMs;
      this.lastMessageMs = nowMs;
      const arrival = { ...mark, waitedMs: lag.read(mark.steadyMs, sizeOf(parts)) };
      const isDone = (await this.take(parts, arrival)) === 'done';
      if (this.republisher) this.republisher.offer(parts, isDone);
      else if (isDone) for (const part of parts) releaseMessage(part);
      // `receive` resolves at once while messages wait, so without this a fast stream would starve timers and sockets.
      if (nowMs - sliceStartMs >= YIELD_EVERY_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceStartMs = this.deps.now();
      }
    }
  }

  private isDrained(): boolean {
    return this.stopping.signal.aborted && performance.now() >= this.drainUntilMs;
  }

  private async bind(endpoint: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.socket.bind(endpoint);
        this.bindFault = false;
        return;
      } catch (error) {
        this.bindFault = true;
        this.report('error', 'bind-failed', `Cannot listen on ${endpoint}: ${String(error)}. Trying again.`);
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Hands one message on, after waiting for room; a message is never dropped for want of space. */
  private async take(parts: readonly Buffer[], arrival: Arrival): Promise<MessageUse> {
    const { budget, assembler } = this.deps;
    const bytes = sizeOf(parts);
    if (!budget.fits(bytes)) await this.waitForRoom(bytes);
    for (let attempt = 0; ; attempt++) {
      try {
        return assembler.handle(parts, arrival, attempt > 0);
      } catch (error) {
        const { name } = this.deps.detector;
        if (!isFileFault(error)) {
          // A fault of ours about one message must not end the stream of all.
          this.deps.reports.addThrown('A message could not be handled', error, name);
          return 'kept';
        }
        this.deps.reports.addSpoolFault(error, name);
        this.deps.makeRoom();
        await this.holdUp(() => this.pause(WRITE_RETRY_MS));
        if (this.stopping.signal.aborted) {
          this.reportLost('The last message before the stop could not be written and is lost.');
          return 'done';
        }
      }
    }
  }

  private reportLost(message: string): void {
    this.report('error', 'frames-lost', message);
  }

  /** Waits while nothing can be taken: the sender is not to blame for the silence. */
  private async holdUp(wait: () => Promise<void>): Promise<void> {
    this.deps.assembler.senderWaits = true;
    try {
      await wait();
    } finally {
      this.deps.assembler.senderWaits = false;
    }
  }

  private async waitForRoom(bytes: number): Promise<void> {
    const { budget } = this.deps;
    const used = (budget.usedBytes / 1e9).toFixed(1);
    this.report(
      'error',
      'buffer-full',
      `The buffer is full (${used} GB); the detector has to wait until data are uploaded.`,
    );
    this.waitingForRoom = true;
    while (!budget.fits(bytes) && !this.stopping.signal.aborted) {
      await this.holdUp(() => budget.freed(this.stopping.signal));
    }
    this.waitingForRoom = false;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  /** All senders that are to be expected. */
  private get isConnected(): boolean {
    const { mode, endpoints, senders } = this.deps.detector;
    return this.peers.size >= (mode === 'connect' ? endpoints.length : (senders ?? 1));
  }

  /** Keeps for the next process up to when everything was read; called with each heartbeat. */
  noteRead(): void {
    const { journal, clock, detector, lag } = this.deps;
    noteReadUpTo(journal, clock, detector.name, lag);
  }

  get state(): DetectorState {
    if (this.bindFault || this.waitingForRoom) return 'error';
    const series = this.deps.assembler.current;
    const quietMs = this.deps.now() - (this.lastMessageMs ?? Number.NEGATIVE_INFINITY);
    if (quietMs < QUIET_AFTER_MS && (series !== null || quietMs < 1000)) return 'receiving';
    return this.peers.size > 0 ? 'connected' : 'connecting';
  }

  status(datasetOf: (seriesKey: string) => string | null): DetectorStatus {
    const { detector, assembler, reports } = this.deps;
    const series = assembler.current;
    const problem = reports.lastErrorOf(detector.name);
    return {
      name: detector.name,
      protocol: detector.protocol,
      mode: detector.mode,
      endpoints: [...detector.endpoints],
      state: this.state,
      lastMessageAt: this.lastMessageMs === null ? null : new Date(this.lastMessageMs).toISOString(),
      lastError: problem,
      messages: assembler.counts.messages,
      bytes: assembler.counts.bytes,
      frames: assembler.counts.frames,
      problems: reports.problems(detector.name),
      series: series && {
        datasetId: datasetOf(series.seriesKey),
        seriesKey: series.seriesKey,
        received: series.frames.count,
        expected: series.framesExpected,
      },
    };
  }

  /** Stops receiving after storing what ZeroMQ has taken from the network already; open series are left to go on later. */
  async stop(): Promise<void> {
    this.drainUntilMs = performance.now() + DRAIN_MS;
    this.stopping.abort();
    const metadataStopped = this.metadata?.stop();
    await this.running;
    this.socket.close();
    await metadataStopped;
    const lastSentOn = this.republisher?.stop();
    try {
      this.deps.assembler.suspend();
    } catch (error) {
      if (!isFileFault(error)) throw error;
      this.reportLost(
        `Images that waited for their start could not be written (${error.code}) and are lost.`,
      );
    }
    await lastSentOn;
  }
}
