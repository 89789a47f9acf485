'use client';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { type KnownPart, RefusedPart, type UploadApi, type UploadTools } from './file-upload.ts';
import type { HashAnswer, HashRequest } from './hash-worker.ts';

const LONGEST_WAIT_MS = 20_000;
/** A part that has not moved for so long is sent again. */
const STALLED_MS = 45_000;

/** The worker that reads and hashes files, for all uploads of the page. */
class Hasher {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #waiting = new Map<number, (answer: HashAnswer) => void>();

  #ask(request: HashRequest): void {
    if (!this.#worker) {
      this.#worker = new Worker(new URL('./hash-worker.ts', import.meta.url), {
        type: 'module',
        name: 'upload hashes',
      });
      this.#worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => this.#waiting.get(data.id)?.(data);
    }
    this.#worker.postMessage(request);
  }

  beginning(file: File): Promise<string> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        if ('beginning' in answer) resolve(answer.beginning);
        else reject(unreadable(file));
      });
      this.#ask({ id, ask: 'beginning', file });
    });
  }

  parts(
    file: File,
    partBytes: number,
    onPart: (part: KnownPart) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(id);
        signal.removeEventListener('abort', stop);
      };
      const stop = () => {
        end();
        this.#ask({ id, ask: 'stop' });
        reject(new DOMException('stopped', 'AbortError'));
      };
      signal.addEventListener('abort', stop);
      this.#waiting.set(id, (answer) => {
        if ('partNumber' in answer) {
          const { partNumber, sizeBytes, crc32c } = answer;
          onPart({ partNumber, sizeBytes, crc32c });
          return;
        }
        end();
        if ('sha256' in answer) resolve(answer.sha256);
        else reject(unreadable(file));
      });
      this.#ask({ id, ask: 'parts', file, partBytes });
    });
  }
}

const unreadable = (file: File) =>
  new RefusedPart(
    'UNREADABLE',
    `${file.name} cannot be read any more: it was changed, moved or deleted since it was chosen. Choose it again.`,
  );

/** XMLHttpRequest, because fetch does not tell how much of a body has left. */
function sendPart(
  url: string,
  body: Blob,
  crc32c: string,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const moved = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_MS);
    };
    const stop = () => request.abort();
    const end = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', stop);
    };
    request.upload.onprogress = ({ loaded }) => {
      moved();
      onSent(loaded);
    };
    request.onload = () => {
      end();
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(refusalOf(request));
    };
    const failed = () => {
      end();
      reject(new TypeError('The part was not answered.'));
    };
    request.onerror = failed;
    request.onabort = failed;
    request.open('PUT', url);
    request.setRequestHeader(PART_CRC_HEADER, crc32c);
    signal.addEventListener('abort', stop);
    moved();
    request.send(body);
  });
}

function refusalOf({ status, responseText }: XMLHttpRequest): Error {
  try {
    const { code, message } = JSON.parse(responseText) as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && typeof message === 'string') return new RefusedPart(code, message);
  } catch {
    // A proxy on the way answered, not the store.
  }
  return status >= 500 || status === 0
    ? new TypeError(`The store answered ${status}.`)
    : new RefusedPart('REFUSED', `The store refused the bytes (${status}).`);
}

/** The address ran out, or the store has a moment of its own: asked again with a new address. */
const PASSING: readonly string[] = ['LINK_EXPIRED', 'UNAVAILABLE', 'INTERNAL', 'TOO_MANY_REQUESTS'];

function codeOf(error: unknown): string | null {
  if (error instanceof RefusedPart) return error.code;
  return appErrorOf(error)?.code ?? null;
}

/** What our server refused stays refused; where nobody answered, or something on the way did, it is tried again. */
const isPassing = (error: unknown): boolean => {
  const code = codeOf(error);
  return code === null || PASSING.includes(code);
};

function untilWorthTrying(failures: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(failures, 10)));
    window.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}

const hasher = new Hasher();

export const uploadTools = (api: UploadApi): UploadTools => ({
  api,
  beginning: (file) => hasher.beginning(file),
  readParts: (file, partBytes, onPart, signal) => hasher.parts(file, partBytes, onPart, signal),
  sendPart,
  untilWorthTrying,
  isPassing,
  codeOf,
});
