import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32c } from '@node-rs/crc32';
import type {
  AnnouncedPart,
  StoredPart,
  UploadCompleteResponse,
  UploadOpenRequest,
} from '#src/shared/contracts/agent-api.ts';
import { isAccessRefusal } from './access.ts';
import {
  PartSender,
  REFUSED_RETRY_MS,
  type RunningUpload,
  SIGN_AT_ONCE,
  type UploadDeps,
} from './part-sender.ts';
import { readFully } from './read-fully.ts';
import { retryDelayMs, untilReached } from './retry-delay.ts';
import { ServerRefused } from './server-client.ts';
import { UploadCompleter } from './upload-completer.ts';
import { untilSent } from './upload-gate.ts';
import { type Opened, UploadOpener } from './upload-opener.ts';
import { SourceChanged, type UploadOrder, type UploadResult } from './upload-order.ts';

/** Read at once where many files are announced beside each other. */
const PIECE_BYTES = 512 * 1024;
/** Completion refused this often in a row counts as such a reason. */
const MAX_REPAIRS = 5;

/** The store does not know the upload (any more): it is to be opened anew and every part sent again. */
class UploadGone extends Error {}

/**
 * Brings growing files into the store: parts as soon as their bytes are final, head part last, each with its CRC32C;
 * SHA-256 of the whole in another thread; then completion, which the server answers when the bytes are durable and
 * recorded. Goes on through every kind of failure until it is confirmed or stopped; each failure is reported.
 */
export class Uploader {
  private readonly deps: UploadDeps;
  private readonly opener: UploadOpener;
  private readonly completer: UploadCompleter;
  private readonly sender: PartSender;
  /** As the server last said. */
  private partCheck: Opened['partCheck'] = 'crc32c';

  constructor(deps: UploadDeps) {
    this.deps = deps;
    this.sender = new PartSender(deps);
    this.opener = new UploadOpener(deps.client);
    this.completer = new UploadCompleter(deps.client);
  }

  /** Bytes the store has taken since the start. */
  get uploadedBytes(): number {
    return this.sender.uploadedBytes;
  }

  get sending(): { parts: number; atOnce: number } {
    return this.sender.sending;
  }

  /**
   * Resolves when the server has confirmed the file, or says that it has these bytes already. Rejects with the signal's reason
   * when stopped, with SourceChanged when the file is not any more what was to be sent, and with what opening the file says.
   */
  async upload(order: UploadOrder): Promise<UploadResult> {
    const { signal: own } = order;
    const signal = own ? AbortSignal.any([this.deps.signal, own]) : this.deps.signal;
    await untilSent(this.deps.gate, () => order.acquired, signal);
    const handle = order.opened ?? (await open(order.file.localPath, 'r'));
    try {
      for (;;) {
        const announced = await this.announcementOf(order, handle);
        const opened = await this.askToOpen(order, announced, signal);
        const { experimentCode = null, unassignedReason = null } = opened;
        const place = { path: opened.path, experimentCode, unassignedReason };
        if (opened.state === 'known') return { known: true, ...place };
        const running = await this.begin(order, opened, { handle, announced, signal });
        try {
          await this.sendParts(running);
          return { known: false, ...place, ...(await this.complete(running)) };
        } catch (error) {
          if (!(error instanceof UploadGone)) throw error;
          this.report(
            'warn',
            'upload-gone',
            `The store no longer knows the upload of ${order.path}; it begins anew.`,
          );
          order.uploadId = null;
          for (const { partNumber } of order.file.storedParts()) order.file.giveBack(partNumber);
          order.journal.forgetUpload(order.file.clientId);
        }
      }
    } finally {
      if (!order.opened) await handle.close();
    }
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string): void {
    this.deps.reports.add({ level, code, message });
  }

  private reached<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    return untilReached(action, signal, this.sender.heardUnreachable);
  }

  /** The whole of a file of one part, where the store wants it announced: so its address comes with the opening. */
  private async announcementOf(
    { file, uploadId }: UploadOrder,
    handle: FileHandle,
  ): Promise<AnnouncedPart | null> {
    const isOnePart = file.isSettled && file.partCount === 1;
    if (this.partCheck !== 'md5' || !isOnePart || uploadId !== null) return null;
    const piece = Buffer.allocUnsafe(Math.min(file.sizeBytes, PIECE_BYTES));
    const md5 = createHash('md5');
    let crc = 0;
    for (let done = 0; done < file.sizeBytes; done += piece.length) {
      const bytes = piece.subarray(0, file.sizeBytes - done);
      await readFully(handle, bytes, bytes.length, done);
      md5.update(bytes);
      crc = crc32c(bytes, crc);
    }
    return {
      partNumber: 1,
      sizeBytes: file.sizeBytes,
      crc32c: crc.toString(16).padStart(8, '0'),
      md5: md5.digest('hex'),
    };
  }

  private async askToOpen(
    order: UploadOrder,
    announced: AnnouncedPart | null,
    signal: AbortSignal,
  ): Promise<Opened> {
    const { file, kind, datasetId, path, origin } = order;
    const ask: UploadOpenRequest['uploads'][number] = {
      clientId: file.clientId,
      kind,
      datasetId,
      path,
      origin,
      partBytes: file.partBytes,
      signParts: file.isSettled
        ? [...Array(Math.min(SIGN_AT_ONCE, file.partCount)).keys()].map((n) => n + 1)
        : [1, 2, 3],
      ...(announced === null ? {} : { announced: [announced] }),
    };
    const opened = await this.untilAccepted(order, signal, () => this.opener.open(ask));
    this.partCheck = opened.partCheck;
    return opened;
  }

  private async begin(
    order: UploadOrder,
    opened: Opened,
    { handle, announced, signal }: Pick<RunningUpload, 'handle' | 'announced' | 'signal'>,
  ): Promise<RunningUpload> {
    order.journal.setUploadOpened(order.file.clientId, opened.uploadId, opened.path);
    const running: RunningUpload = {
      order,
      uploadId: opened.uploadId,
      path: opened.path,
      handle,
      signal,
      signed: new Map(opened.signed.map((part) => [part.partNumber, part])),
      signing: null,
      partCheck: opened.partCheck,
      announced,
      gone: false,
      failure: null,
      hash: null,
    };
    // After a restart the journal may know more or less than the store: only what both know counts as stored.
    if (order.uploadId !== null || opened.state === 'completed') {
      await this.reconcile(running, opened.state === 'completed' ? 'completed' : 'open');
    }
    return running;
  }

  /** Repeats what is refused slowly, with a report each time: only a person can remove the reason. */
  private async untilAccepted<T>(
    { path, acquired, refused }: UploadOrder,
    signal: AbortSignal,
    action: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      await untilSent(this.deps.gate, () => acquired, signal);
      try {
        return await this.reached(signal, action);
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        if (isAccessRefusal(error)) continue;
        if (refused?.(error)) throw error;
        this.report(
          'error',
          'upload-refused',
          `The server refuses ${path}: ${error.message} (${error.code}).`,
        );
        await sleep(REFUSED_RETRY_MS, undefined, { signal });
      }
    }
  }

  private async reconcile(running: RunningUpload, state: 'open' | 'completed' = 'open'): Promise<void> {
    const { file, journal } = running.order;
    const there = await this.askState(running);
    if (state === 'completed') {
      // The answer to the completion was lost: asking again with the parts the store has brings it once more.
      for (const part of there.parts) file.markStored(part);
      return;
    }
    const held = new Map(there.parts.map((part) => [part.partNumber, part]));
    for (const part of file.storedParts()) {
      const match = held.get(part.partNumber);
      if (match?.sizeBytes === part.sizeBytes && match.crc32c === part.crc32c) continue;
      journal.dropPart(file.clientId, part.partNumber);
      file.giveBack(part.partNumber);
    }
  }

  private async askState({ order, signal, uploadId }: RunningUpload): Promise<{ parts: StoredPart[] }> {
    for (;;) {
      await untilSent(this.deps.gate, () => order.acquired, signal);
      try {
        return await this.reached(signal, () => this.deps.client.uploadState(uploadId));
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        if (!isAccessRefusal(error)) throw new UploadGone();
      }
    }
  }

  private async sendParts(running: RunningUpload): Promise<void> {
    const { order, signal } = running;
    const { file } = order;
    for (;;) {
      if (running.gone || running.failure !== null) {
        while (file.hasInFlight) await file.changed.wait(signal);
        throw running.failure ?? new UploadGone();
      }
      // The hash needs the head, so it begins when the file is settled, beside the last parts.
      if (file.isSettled) running.hash ??= this.beginHash(order);
      if (file.isStored) return;
      await untilSent(this.deps.gate, () => order.acquired, signal);
      const part = file.takeReadyPart();
      if (part === null) await file.changed.wait(signal);
      else await this.sender.begin(running, part);
    }
  }

  private beginHash({ file, sha256 }: UploadOrder): Promise<string> {
    const hash =
      sha256 === null ? this.deps.thread.hash(file.localPath, file.sizeBytes) : Promise.resolve(sha256);
    // Its failure is heard where it is awaited, which may be after it happened.
    hash.catch(() => undefined);
    return hash;
  }

  private async complete(running: RunningUpload): Promise<UploadCompleteResponse> {
    const { order, uploadId, signal } = running;
    const { file } = order;
    running.hash ??= this.beginHash(order);
    order.sha256 = await running.hash;
    order.journal.setSha256(file.clientId, order.sha256);
    await order.outlive?.();
    for (let repairs = 0; ; repairs++) {
      if (order.stillSame && !(await order.stillSame())) throw new SourceChanged(`${order.path} changed`);
      await untilSent(this.deps.gate, () => order.acquired, signal);
      const { createdAt, settledAt, chunks, masks, frameValues } = order.facts();
      const request = {
        sizeBytes: file.sizeBytes,
        sha256: order.sha256,
        parts: file.storedParts(),
        stamps: {
          createdAt,
          settledAt,
          firstPartSentAt: order.firstPartAt ?? settledAt,
          clockOffsetMs: this.deps.clock.offsetMs,
        },
        chunks,
        masks,
        frameValues,
      };
      try {
        return await this.reached(signal, () => this.completer.complete(uploadId, request));
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        if (error.status === 404) throw new UploadGone();
        // The gate is closed until the licence is good again.
        if (isAccessRefusal(error)) continue;
        if (repairs >= MAX_REPAIRS && order.refused?.(error)) throw error;
        this.report(
          'error',
          'completion-refused',
          `The server refuses ${running.path}: ${error.message} (${error.code}).`,
        );
        if (repairs >= MAX_REPAIRS) await sleep(REFUSED_RETRY_MS, undefined, { signal });
        else await sleep(retryDelayMs(repairs), undefined, { signal });
        // The store may have lost or mixed up a part: what it does not hold exactly as declared is sent again.
        await this.reconcile(running);
        await this.sendParts(running);
      }
    }
  }
}
