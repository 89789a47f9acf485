import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32c } from '@node-rs/crc32';
import {
  type AnnouncedPart,
  PART_BYTES,
  type SignedPart,
  type StoredPart,
} from '#src/shared/contracts/agent-api.ts';
import { isAccessRefusal } from './access.ts';
import type { ClockOffset } from './clock-offset.ts';
import { readFully } from './read-fully.ts';
import type { ReportLog } from './report-log.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type PartPut, type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';
import { SHARES, Slots } from './slots.ts';
import type { SpoolThread } from './spool-thread.ts';
import { SwitchedOff, type UploadGate, whileSent } from './upload-gate.ts';
import { SourceChanged, type UploadOrder } from './upload-order.ts';
import { UploadPace } from './upload-pace.ts';

export const SIGN_AT_ONCE = 16;
/** What the server refuses for a reason a person must remove (full quota, revoked agent) is asked again this often. */
export const REFUSED_RETRY_MS = 30_000;

export interface UploadDeps {
  client: ServerClient;
  gate: UploadGate;
  thread: SpoolThread;
  reports: ReportLog;
  concurrency: number;
  signal: AbortSignal;
  now: () => number;
  clock: ClockOffset;
}

/** State of one upload while it runs. */
export interface RunningUpload {
  order: UploadOrder;
  uploadId: string;
  path: string;
  handle: FileHandle;
  signed: Map<number, SignedPart>;
  signing: Promise<void> | null;
  partCheck: 'crc32c' | 'md5';
  /** The only part, when it was announced with the opening. */
  announced: AnnouncedPart | null;
  /** Of the order, and of the agent. */
  signal: AbortSignal;
  /** The store does not know it any more. */
  gone: boolean;
  /** Why it cannot be sent at all; thrown when no part is on its way any more. */
  failure: SourceChanged | null;
  hash: Promise<string> | null;
}

/** Before the next try, ms; so much of it the slot is held. */
interface Pause {
  ms: number;
  slotMs: number;
}
/** The store puts a small file straight onto its name, and never over anything. */
const PRECONDITION_FAILED = 412;
const AT_ONCE: Pause = { ms: 0, slotMs: 0 };
/** What is refused concerns one upload, so others go on soon; not at once, or thousands of parts would ask without a pause. */
const REFUSED_SLOT_MS = 1000;

/** Sends parts of growing files, so many at a time over all files, through every kind of failure. */
export class PartSender {
  /** Bytes the store has taken since the start. */
  uploadedBytes = 0;
  private underWay = 0;
  private readonly deps: UploadDeps;
  private readonly slots: Slots;
  private readonly pace: UploadPace;
  private readonly buffers: Buffer[] = [];

  constructor(deps: UploadDeps) {
    this.deps = deps;
    this.pace = new UploadPace(deps.concurrency);
    this.slots = new Slots(this.pace.limit);
  }

  /** Parts on their way now, and how many of full size may be. */
  get sending(): { parts: number; atOnce: number } {
    return { parts: this.underWay, atOnce: this.pace.limit };
  }

  /** Resolves when the part is on its way; what becomes of it is seen in the file and in `running`. */
  async begin(running: RunningUpload, partNumber: number): Promise<void> {
    const release = await this.slotFor(running, partNumber);
    void this.sendPart(running, partNumber, release);
  }

  /** Small parts spend their time on the way: so many more of them go at once as fit into one of full size. */
  private slotFor({ order }: RunningUpload, partNumber: number): Promise<() => void> {
    return this.slots.acquire(order.urgency, order.file.partSize(partNumber) / PART_BYTES);
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string): void {
    this.deps.reports.add({ level, code, message });
  }

  readonly heardUnreachable = (error: ServerUnreachable) => {
    const full = /STORE_FULL/.test(error.message);
    this.report(
      'error',
      full ? 'store-full' : 'server-unreachable',
      full
        ? 'The store has no space left; data are kept and wait.'
        : `Cannot upload: ${error.message}. Trying again.`,
    );
  };

  /**
   * Sends one part until the store has it. Settles in every case; what ended it is seen in `running` or the signal. After each failure
   * others have their turn: a part that nobody takes must not hold up those that somebody would.
   */
  private async sendPart(
    running: RunningUpload,
    partNumber: number,
    firstRelease: () => void,
  ): Promise<void> {
    const { file } = running.order;
    let release = firstRelease;
    try {
      for (let attempt = 0; this.isWanted(running); attempt++) {
        const pause = await this.tryPart(running, partNumber, attempt);
        if (pause === null) return;
        // As long as the slot is held, nobody else asks a server that has just failed.
        await sleep(Math.min(pause.ms, pause.slotMs), undefined, { signal: running.signal });
        release();
        await sleep(Math.max(0, pause.ms - pause.slotMs), undefined, { signal: running.signal });
        release = await this.slotFor(running, partNumber);
      }
      file.giveBack(partNumber);
    } catch (error) {
      if (error instanceof SourceChanged) running.failure = error;
      file.giveBack(partNumber);
      if (!running.signal.aborted && running.failure === null) {
        this.report('error', 'internal', `Part ${partNumber} of ${running.path} failed: ${String(error)}.`);
        await sleep(1000);
      }
    } finally {
      release();
    }
  }

  /** Those of the usual size are used again; the many small and the few larger ones are made as they are needed. */
  private takeBuffer(sizeBytes: number): Buffer {
    if (sizeBytes > PART_BYTES || sizeBytes <= PART_BYTES / SHARES) return Buffer.allocUnsafeSlow(sizeBytes);
    return this.buffers.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
  }

  /** Asked before each try: a switch must stop also what fails again and again. */
  private isWanted({ order, signal, gone, failure }: RunningUpload): boolean {
    return !signal.aborted && !gone && failure === null && this.deps.gate.decision(order.acquired).send;
  }

  /** Null: the store has it, or nothing more is to be done. */
  private async tryPart(running: RunningUpload, partNumber: number, attempt: number): Promise<Pause | null> {
    const { order } = running;
    const { file } = order;
    const sizeBytes = file.partSize(partNumber);
    const buffer = this.takeBuffer(sizeBytes);
    try {
      const announces = running.partCheck === 'md5';
      const early = announces ? null : await this.signedUrl(running, partNumber);
      await readFully(running.handle, buffer, sizeBytes, (partNumber - 1) * file.partBytes);
      const bytes = buffer.subarray(0, sizeBytes);
      // A store that proves by MD5 does not look at the CRC, so here it is compared with the bytes that are sent.
      const trusted = attempt === 0 && !announces;
      const crc = this.crcOfPart(running, partNumber, bytes, trusted).toString(16).padStart(8, '0');
      const part = { partNumber, sizeBytes, crc32c: crc };
      const { url, ...how } =
        early === null ? await this.announcedUrl(running, part, bytes) : { url: early, md5: null };
      if (order.firstPartAt === null) {
        order.firstPartAt = new Date(this.deps.now()).toISOString();
        order.journal.setFirstPartAt(file.clientId, order.firstPartAt);
      }
      const startedMs = performance.now();
      await this.putWhileWanted(running, url, bytes, { crc, ...how, askFirst: attempt > 0 });
      const nowMs = performance.now();
      this.pace.stored(sizeBytes, nowMs - startedMs, nowMs);
      this.slots.limit = this.pace.limit;
      order.journal.putPart(file.clientId, part);
      file.markStored(part);
      this.uploadedBytes += sizeBytes;
      return null;
    } catch (error) {
      return this.afterPartFailure(running, partNumber, error, attempt);
    } finally {
      if (buffer.length === PART_BYTES && this.buffers.length < this.deps.concurrency)
        this.buffers.push(buffer);
    }
  }

  /** What arrived of a part that is cut off counts for nothing. */
  private async putWhileWanted(
    { order }: RunningUpload,
    url: string,
    bytes: Uint8Array,
    { crc, ...how }: Omit<PartPut, 'signal'> & { crc: string },
  ): Promise<void> {
    const { gate, client, signal } = this.deps;
    this.underWay++;
    try {
      await whileSent(
        gate,
        () => order.acquired,
        signal,
        (ended) => client.putPart(url, bytes, crc, { ...how, signal: ended }),
      );
    } catch (error) {
      // Its name has something: most likely what a former try brought. The completion finds out.
      if (error instanceof ServerRefused && error.status === PRECONDITION_FAILED) return;
      throw error;
    } finally {
      this.underWay--;
    }
  }

  /** As it arrived if that is `trusted`, else as it is in the spool, and a difference is a fault of this machine's memory or disk. */
  private crcOfPart(running: RunningUpload, partNumber: number, bytes: Uint8Array, trusted: boolean): number {
    const arrived = running.order.file.arrivalCrc(partNumber);
    if (arrived !== undefined && trusted) return arrived;
    const actual = crc32c(bytes);
    if (arrived !== undefined && arrived !== actual) {
      this.report(
        'error',
        'spool-damaged',
        `Part ${partNumber} of ${running.path} is not in the buffer as it arrived: this machine's memory or disk is faulty. It is stored as it is now.`,
      );
    }
    return actual;
  }

  /** What a failed try means; throws what is no failure of link, store or server. */
  private afterPartFailure(
    running: RunningUpload,
    partNumber: number,
    error: unknown,
    attempt: number,
  ): Pause {
    running.signed.delete(partNumber);
    // Nothing is wrong with the link; the part is given back.
    if (error instanceof SwitchedOff) return AT_ONCE;
    if (error instanceof ServerUnreachable) {
      this.pace.failed(performance.now());
      this.slots.limit = this.pace.limit;
      this.heardUnreachable(error);
      const ms = error.retryAfterMs ?? retryDelayMs(attempt);
      return { ms, slotMs: ms };
    }
    if (!(error instanceof ServerRefused)) throw error;
    // The gate is closed by it; the part is given back.
    if (isAccessRefusal(error)) return AT_ONCE;
    if (error.code === 'CHECKSUM_MISMATCH') {
      this.report(
        'warn',
        'checksum-mismatch',
        `Part ${partNumber} of ${running.path} arrived damaged; it is sent again.`,
      );
      return { ms: retryDelayMs(attempt), slotMs: REFUSED_SLOT_MS };
    }
    // A signature that ran out is the usual case: the first time the part is just signed anew.
    if (attempt === 0 && (error.status === 401 || error.status === 403 || error.status === 404)) {
      return AT_ONCE;
    }
    if (error.status === 404 || error.code === 'ALREADY_DONE') {
      running.gone = true;
      return AT_ONCE;
    }
    this.report(
      'error',
      'part-refused',
      `Part ${partNumber} of ${running.path}: ${error.message} (${error.code}).`,
    );
    return { ms: attempt < 3 ? retryDelayMs(attempt + 3) : REFUSED_RETRY_MS, slotMs: REFUSED_SLOT_MS };
  }

  /** An address that takes these bytes only, and their MD5. */
  private async announcedUrl(
    running: RunningUpload,
    part: StoredPart,
    bytes: Uint8Array,
  ): Promise<{ url: string; md5: Buffer; bound: Record<string, string> }> {
    const { announced } = running;
    const early = running.signed.get(part.partNumber);
    if (early && announced?.crc32c === part.crc32c && announced.sizeBytes === part.sizeBytes) {
      return { url: early.url, md5: Buffer.from(announced.md5, 'hex'), bound: early.headers ?? {} };
    }
    const md5 = createHash('md5').update(bytes).digest();
    const told = { ...part, md5: md5.toString('hex') };
    const [signed] = await this.deps.client.signParts(running.uploadId, [part.partNumber], [told]);
    if (signed === undefined) throw new ServerUnreachable(`part ${part.partNumber} was not signed`);
    return { url: signed.url, md5, bound: signed.headers ?? {} };
  }

  private async signedUrl(running: RunningUpload, partNumber: number): Promise<string> {
    const known = running.signed.get(partNumber);
    if (known) return known.url;
    // Parts of one file ask at the same time; one question brings signatures for all of them.
    if (running.signing) await running.signing.catch(() => undefined);
    const brought = running.signed.get(partNumber);
    if (brought) return brought.url;
    const asking = this.deps.client
      .signParts(running.uploadId, running.order.file.upcoming(partNumber, SIGN_AT_ONCE))
      .then((signed) => {
        for (const part of signed) running.signed.set(part.partNumber, part);
      });
    running.signing = asking;
    await asking;
    const url = running.signed.get(partNumber)?.url;
    if (url === undefined) throw new ServerUnreachable(`part ${partNumber} was not signed`);
    return url;
  }
}
