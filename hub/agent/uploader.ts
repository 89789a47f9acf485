import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadCompleteResponse, UploadOpenRequest } from '#src/shared/contracts/agent-api.ts';
import {
  PartSender,
  REFUSED_RETRY_MS,
  type RunningUpload,
  SIGN_AT_ONCE,
  type UploadDeps,
  type UploadOrder,
} from './part-sender.ts';
import { retryDelayMs, untilReached } from './retry-delay.ts';
import { ServerRefused } from './server-client.ts';
import { UploadOpener } from './upload-opener.ts';

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
  private readonly sender: PartSender;

  constructor(deps: UploadDeps) {
    this.deps = deps;
    this.sender = new PartSender(deps);
    this.opener = new UploadOpener(deps.client);
  }

  /** Bytes the store has taken since the start. */
  get uploadedBytes(): number {
    return this.sender.uploadedBytes;
  }

  /** Resolves when the server has confirmed the file. Rejects only when stopped (the signal's reason). */
  async upload(order: UploadOrder): Promise<UploadCompleteResponse> {
    const handle = await open(order.file.localPath, 'r');
    try {
      for (;;) {
        const running = await this.begin(order, handle);
        try {
          await this.sendParts(running);
          return await this.complete(running);
        } catch (error) {
          if (!(error instanceof UploadGone)) throw error;
          this.report(
            'warn',
            'upload-gone',
            `The store no longer knows the upload of ${order.path}; it begins anew.`,
          );
          order.uploadId = null;
          for (const { partNumber } of order.file.storedParts()) order.file.giveBack(partNumber);
          this.deps.journal.forgetUpload(order.file.clientId);
        }
      }
    } finally {
      await handle.close();
    }
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string): void {
    this.deps.reports.add({ level, code, message });
  }

  private reached<T>(action: () => Promise<T>): Promise<T> {
    return untilReached(action, this.deps.signal, this.sender.heardUnreachable);
  }

  private async begin(order: UploadOrder, handle: FileHandle): Promise<RunningUpload> {
    const { file, kind, datasetId, path } = order;
    const ask: UploadOpenRequest['uploads'][number] = {
      clientId: file.clientId,
      kind,
      datasetId,
      path,
      partBytes: file.partBytes,
      signParts: file.isSettled
        ? [...Array(Math.min(SIGN_AT_ONCE, file.partCount)).keys()].map((n) => n + 1)
        : [1, 2, 3],
    };
    const opened = await this.untilAccepted(path, () => this.opener.open(ask));
    this.deps.journal.setUploadOpened(file.clientId, opened.uploadId, opened.path);
    const running: RunningUpload = {
      order,
      uploadId: opened.uploadId,
      path: opened.path,
      handle,
      signed: new Map(opened.signed.map((part) => [part.partNumber, part])),
      signing: null,
      gone: false,
      hash: null,
    };
    // After a restart the journal may know more or less than the store: only what both know counts as stored.
    if (order.uploadId !== null || opened.state === 'completed') {
      await this.reconcile(running, opened.state === 'completed' ? 'completed' : 'open');
    }
    return running;
  }

  /** Repeats what is refused slowly, with a report each time: only a person can remove the reason. */
  private async untilAccepted<T>(what: string, action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.reached(action);
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        this.report(
          'error',
          'upload-refused',
          `The server refuses ${what}: ${error.message} (${error.code}).`,
        );
        await sleep(REFUSED_RETRY_MS, undefined, { signal: this.deps.signal });
      }
    }
  }

  private async reconcile(running: RunningUpload, state: 'open' | 'completed' = 'open'): Promise<void> {
    const { file } = running.order;
    const there = await this.reached(() => this.deps.client.uploadState(running.uploadId)).catch(
      (error: unknown) => {
        if (error instanceof ServerRefused) throw new UploadGone();
        throw error;
      },
    );
    if (state === 'completed') {
      // The answer to the completion was lost: asking again with the parts the store has brings it once more.
      for (const part of there.parts) file.markStored(part);
      return;
    }
    const held = new Map(there.parts.map((part) => [part.partNumber, part]));
    for (const part of file.storedParts()) {
      const match = held.get(part.partNumber);
      if (match?.sizeBytes === part.sizeBytes && match.crc32c === part.crc32c) continue;
      this.deps.journal.dropPart(file.clientId, part.partNumber);
      file.giveBack(part.partNumber);
    }
  }

  private async sendParts(running: RunningUpload): Promise<void> {
    const { file } = running.order;
    for (;;) {
      if (running.gone) {
        while (file.hasInFlight) await file.changed.wait(this.deps.signal);
        throw new UploadGone();
      }
      // The hash needs the head, so it begins when the file is settled, beside the last parts.
      if (file.isSettled) running.hash ??= this.beginHash(running.order);
      const part = file.takeReadyPart();
      if (part === null) {
        if (file.isStored) return;
        await file.changed.wait(this.deps.signal);
        continue;
      }
      await this.sender.begin(running, part);
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
    const { order, uploadId } = running;
    const { file } = order;
    running.hash ??= this.beginHash(order);
    order.sha256 = await running.hash;
    this.deps.journal.setSha256(file.clientId, order.sha256);
    for (let repairs = 0; ; repairs++) {
      const { createdAt, settledAt, chunks, masks } = order.facts();
      const request = {
        sizeBytes: file.sizeBytes,
        sha256: order.sha256,
        parts: file.storedParts(),
        stamps: {
          createdAt,
          settledAt,
          firstPartSentAt: order.firstPartAt ?? settledAt,
          clockOffsetMs: this.deps.clockOffsetMs(),
        },
        chunks,
        masks,
      };
      try {
        return await this.reached(() => this.deps.client.completeUpload(uploadId, request));
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        if (error.status === 404) throw new UploadGone();
        this.report(
          'error',
          'completion-refused',
          `The server refuses ${running.path}: ${error.message} (${error.code}).`,
        );
        if (repairs >= MAX_REPAIRS) await sleep(REFUSED_RETRY_MS, undefined, { signal: this.deps.signal });
        else await sleep(retryDelayMs(repairs), undefined, { signal: this.deps.signal });
        // The store may have lost or mixed up a part: what it does not hold exactly as declared is sent again.
        await this.reconcile(running);
        await this.sendParts(running);
      }
    }
  }
}
