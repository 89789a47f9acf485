import { Sha256 } from '#src/shared/codecs/sha256.ts';

/** How the parts of a file are sent, and where its whole is recorded: the server, as an upload needs it. */
export interface UploadApi {
  open(input: {
    experimentId: string;
    path: string;
    sizeBytes: number;
    fingerprint: string;
    onClash: OnClash;
  }): Promise<{ uploadId: string; path: string; partBytes: number; parts: readonly KnownPart[] }>;
  sign(input: { uploadId: string; partNumbers: number[] }): Promise<{ signed: { url: string }[] }>;
  complete(input: {
    uploadId: string;
    sizeBytes: number;
    sha256: string;
    parts: KnownPart[];
    modifiedAt: string;
    firstPartSentAt: string;
    sentAt: string;
  }): Promise<{ fileId: string; path: string }>;
  cancel(input: { uploadId: string }): Promise<unknown>;
}

export interface UploadTools {
  api: UploadApi;
  /** SHA-256 of the first megabyte. */
  beginning(file: File): Promise<string>;
  /** Tells each part as it is read, and the SHA-256 of the whole at the end. */
  readParts(
    file: File,
    partBytes: number,
    onPart: (part: KnownPart) => void,
    signal: AbortSignal,
  ): Promise<string>;
  /** Sends one part to its signed address. Throws `RefusedPart` when it is refused, TypeError when nobody answers. */
  sendPart(
    url: string,
    body: Blob,
    crc32c: string,
    onSent: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Until it is worth trying again: a while that grows with `failures`, or the network is back. */
  untilWorthTrying(failures: number, signal: AbortSignal): Promise<void>;
  /** Whether a failed call may succeed later without anybody doing anything. */
  isPassing(error: unknown): boolean;
  codeOf(error: unknown): string | null;
}

export interface KnownPart {
  partNumber: number;
  sizeBytes: number;
  crc32c: string;
}
export type OnClash = 'refuse' | 'number' | 'version';

export class RefusedPart extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type UploadState = 'waiting' | 'sending' | 'offline' | 'paused' | 'done' | 'failed' | 'cancelled';
export const ENDED: readonly UploadState[] = ['done', 'failed', 'cancelled'];

export interface UploadView {
  state: UploadState;
  sentBytes: number;
  /** The path finally given, once it is known. */
  path: string;
  fileId: string | null;
  fault: unknown;
}

const PARTS_AT_ONCE = 3;
/** So often an upload that the store lost, or whose bytes it found wrong, is begun anew. */
const MOST_BEGINNINGS = 3;
const ANEW: readonly (string | null)[] = ['NOT_FOUND', 'CHECKSUM_MISMATCH'];

/** Stops what is under way; not a fault. */
class Stopped extends Error {}

/** What tells a file from all others that its person puts into the experiment. */
export async function fingerprintOf(file: File, path: string, tools: UploadTools): Promise<string> {
  const facts = JSON.stringify([path, file.size, file.lastModified, await tools.beginning(file)]);
  return new Sha256().update(new TextEncoder().encode(facts)).hex();
}

/**
 * One file on its way. Survives lost networks by trying again, and closed tabs because the same file, chosen again, has the same fingerprint: the server
 * then tells which parts it has. Every part is read before it is taken for stored, so another file can never be continued by mistake.
 */
export class FileUpload {
  readonly #tools: UploadTools;
  readonly #onChange: (view: UploadView) => void;
  readonly #wanted: { file: File; experimentId: string; path: string; onClash: OnClash };
  #view: UploadView;
  #running: AbortController | null = null;
  #uploadId: string | null = null;
  #firstPartSentAt: string | null = null;
  /** Bytes of parts on their way, by part. */
  readonly #onTheWay = new Map<number, number>();
  #storedBytes = 0;

  constructor(
    wanted: { file: File; experimentId: string; path: string; onClash: OnClash },
    tools: UploadTools,
    onChange: (view: UploadView) => void,
  ) {
    this.#wanted = wanted;
    this.#tools = tools;
    this.#onChange = onChange;
    this.#view = { state: 'waiting', sentBytes: 0, path: wanted.path, fileId: null, fault: null };
  }

  get view(): UploadView {
    return this.#view;
  }

  #set(changes: Partial<UploadView>): void {
    this.#view = { ...this.#view, ...changes };
    this.#onChange(this.#view);
  }

  /** Sends until the file is stored, refused, paused or cancelled. Never throws. */
  async run(): Promise<void> {
    if (this.#running || ENDED.includes(this.#view.state)) return;
    const running = new AbortController();
    this.#running = running;
    this.#set({ state: 'sending', fault: null });
    try {
      for (let beginnings = 1; ; beginnings++) {
        try {
          const { fileId, path } = await this.#sendWhole(running.signal);
          this.#set({ state: 'done', sentBytes: this.#wanted.file.size, fileId, path });
          return;
        } catch (error) {
          const isLost = ANEW.includes(this.#tools.codeOf(error)) && this.#uploadId !== null;
          if (!isLost || beginnings === MOST_BEGINNINGS || running.signal.aborted) throw error;
          this.#uploadId = null;
        }
      }
    } catch (error) {
      if (!running.signal.aborted) this.#set({ state: 'failed', fault: error });
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }

  pause(): void {
    if (ENDED.includes(this.#view.state) || this.#view.state === 'paused') return;
    this.#stop();
    this.#set({ state: 'paused' });
  }

  /** Back in the queue: `run` goes on. */
  wait(): void {
    if (this.#view.state === 'paused' || this.#view.state === 'failed') {
      this.#set({ state: 'waiting', fault: null });
    }
  }

  /** Gives it up, with what the store has of it. */
  async cancel(): Promise<void> {
    if (ENDED.includes(this.#view.state) && this.#view.state !== 'failed') return;
    this.#stop();
    this.#set({ state: 'cancelled' });
    const uploadId = this.#uploadId;
    // What cannot be told now is swept by the server after a while.
    if (uploadId !== null) await this.#tools.api.cancel({ uploadId }).catch(() => undefined);
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#onTheWay.clear();
  }

  #showProgress(): void {
    const moving = [...this.#onTheWay.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#set({ sentBytes: Math.min(this.#wanted.file.size, this.#storedBytes + moving) });
  }

  /** Tries a call until it is answered; faults that do not pass are thrown. */
  async #insist<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      if (signal.aborted) throw new Stopped();
      try {
        const answer = await call();
        if (this.#view.state === 'offline' && !signal.aborted) this.#set({ state: 'sending' });
        return answer;
      } catch (error) {
        if (signal.aborted) throw new Stopped();
        if (!this.#tools.isPassing(error)) throw error;
        this.#set({ state: 'offline' });
        await this.#tools.untilWorthTrying(failures, signal);
      }
    }
  }

  async #sendWhole(signal: AbortSignal): Promise<{ fileId: string; path: string }> {
    const { file, experimentId, path, onClash } = this.#wanted;
    const { api } = this.#tools;
    const fingerprint = await fingerprintOf(file, path, this.#tools);
    const opened = await this.#insist(signal, () =>
      api.open({ experimentId, path, sizeBytes: file.size, fingerprint, onClash }),
    );
    const { uploadId, partBytes } = opened;
    this.#uploadId = uploadId;
    // While it was being opened: what is open now would keep its name from others.
    if (this.#view.state === 'cancelled') await api.cancel({ uploadId }).catch(() => undefined);
    if (signal.aborted) throw new Stopped();
    this.#storedBytes = 0;
    this.#set({ path: opened.path });
    const stored = new Map(opened.parts.map((part) => [part.partNumber, part]));
    const read: KnownPart[] = [];
    const line = new Line();
    const work = new AbortController();
    const stop = () => work.abort();
    signal.addEventListener('abort', stop);
    try {
      const hashing = this.#tools
        .readParts(
          file,
          partBytes,
          (part) => {
            read.push(part);
            const there = stored.get(part.partNumber);
            if (there?.crc32c === part.crc32c && there.sizeBytes === part.sizeBytes) this.#countStored(part);
            else line.add(part);
          },
          work.signal,
        )
        .finally(() => line.end());
      const lanes = Array.from({ length: PARTS_AT_ONCE }, async () => {
        for (let part = await line.next(); part !== null; part = await line.next()) {
          await this.#send(uploadId, part, partBytes, work.signal);
        }
      });
      const [sha256] = await Promise.all([hashing, ...lanes]);
      if (signal.aborted) throw new Stopped();
      this.#firstPartSentAt ??= new Date().toISOString();
      return await this.#insist(signal, () =>
        api.complete({
          ...{ uploadId, sizeBytes: file.size, sha256, parts: read },
          modifiedAt: new Date(file.lastModified).toISOString(),
          firstPartSentAt: this.#firstPartSentAt!,
          sentAt: new Date().toISOString(),
        }),
      );
    } finally {
      signal.removeEventListener('abort', stop);
      work.abort();
      this.#onTheWay.clear();
    }
  }

  #countStored({ partNumber, sizeBytes }: KnownPart): void {
    this.#onTheWay.delete(partNumber);
    this.#storedBytes += sizeBytes;
    this.#showProgress();
  }

  /** One part, by an address that is signed right before. */
  async #send(uploadId: string, part: KnownPart, partBytes: number, signal: AbortSignal): Promise<void> {
    const { api, sendPart } = this.#tools;
    const { partNumber } = part;
    const body = this.#wanted.file.slice((partNumber - 1) * partBytes, partNumber * partBytes);
    this.#firstPartSentAt ??= new Date().toISOString();
    await this.#insist(signal, async () => {
      const { signed } = await api.sign({ uploadId, partNumbers: [partNumber] });
      const onSent = (bytes: number) => {
        if (signal.aborted) return;
        this.#onTheWay.set(partNumber, bytes);
        this.#showProgress();
      };
      await sendPart(signed[0]!.url, body, part.crc32c, onSent, signal);
    });
    this.#countStored(part);
  }
}

/** Parts that are read and wait for a lane. */
class Line {
  readonly #parts: KnownPart[] = [];
  #wake: (() => void)[] = [];
  #ended = false;

  add(part: KnownPart): void {
    this.#parts.push(part);
    this.#wake.shift()?.();
  }

  end(): void {
    this.#ended = true;
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Null when there are no more. */
  async next(): Promise<KnownPart | null> {
    while (this.#parts.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.#parts.shift()!;
  }
}
