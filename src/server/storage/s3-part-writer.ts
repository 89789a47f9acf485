import { createHash } from 'node:crypto';
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { crc32c } from '@node-rs/crc32';
import { AppError } from '#src/shared/errors/app-error.ts';
import { crcHex } from './crc-hex.ts';
import type { PartReceipt } from './object-store.port.ts';
import { answeredError, s3Error } from './s3-errors.ts';
import { plainEtag } from './s3-uploads.ts';
import type { AnnouncedPart, PartSink } from './served-store.port.ts';

/** Beyond this much unsent the sender has to wait, so that a slow store does not fill the memory. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
/** A store that moves no byte for this long has failed. */
const SILENCE_MS = 60_000;
/** A store that does not know "Expect: 100-continue" says nothing and waits for the body. */
const ASK_PATIENCE_MS = 1000;
const MAX_ANSWER_BYTES = 64 * 1024;

const KEPT = { keepAlive: true, maxSockets: 256 };
const agents = { http: new HttpAgent(KEPT), https: new HttpsAgent(KEPT) };

interface PartAddress {
  url: string;
  /** Of the whole part. */
  sizeBytes: number;
}

/** What is done when the store has answered. */
export interface PartOutcome {
  /** Keeps that the part is stored and proved; MD5 in lower-case hex. */
  taken(receipt: PartReceipt, md5: string): Promise<void>;
  /** The store has other bytes than were sent: they must not count. */
  refused(): Promise<void>;
}

interface Piece {
  bytes: Uint8Array;
  onWritten: (() => void) | undefined;
}

/** A part PUT that waits to be asked for its body, so that a store can refuse it before. */
function openRequest({ url, sizeBytes }: PartAddress, isKept = true): ClientRequest {
  const secure = url.startsWith('https:');
  const kept = secure ? agents.https : agents.http;
  return (secure ? httpsRequest : httpRequest)(url, {
    method: 'PUT',
    agent: isKept ? kept : false,
    headers: { 'content-length': sizeBytes, expect: '100-continue' },
  });
}

/**
 * Passes one part on to the store while its bytes arrive. The last piece is kept back until the checksum over all of them is known to be
 * the announced one; otherwise the request is cut, and a store never takes a part that is shorter than was said. Afterwards the MD5
 * the store tells (ETag) must be that of the bytes that went through here.
 */
export class S3PartWriter implements PartSink {
  readonly #partNumber: number;
  #request: ClientRequest;
  readonly #outcome: PartOutcome;
  readonly #md5 = createHash('md5');
  #crc = 0;
  #receivedBytes = 0;
  /** Not yet handed to the request; the last one stays here until `finish`. */
  #waiting: Piece[] = [];
  readonly #underWay = new Set<Piece>();
  #unsentBytes = 0;
  /** The store is ready for the body. */
  #asked = false;
  #sayReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#sayReady = resolve;
  });
  #paused = false;
  #ended = false;
  readonly #answer: Promise<IncomingMessage>;
  onDrain: () => void = () => undefined;

  constructor(part: PartAddress & { partNumber: number }, outcome: PartOutcome) {
    this.#partNumber = part.partNumber;
    this.#outcome = outcome;
    this.#request = openRequest(part);
    this.#answer = this.#send(part);
    // What came of it is asked in `finish`; until then pieces are taken and dropped.
    this.#answer.then(
      () => this.#dropRest(),
      () => this.#dropRest(),
    );
  }

  /** Follows the request to its answer. */
  #send(part: PartAddress): Promise<IncomingMessage> {
    const request = this.#request;
    request.setTimeout(SILENCE_MS, () => request.destroy(new Error('the store did not answer')));
    const patience = setTimeout(() => this.#proceed(), ASK_PATIENCE_MS);
    request.once('continue', () => this.#proceed());
    request.once('close', () => clearTimeout(patience));
    request.flushHeaders();
    return new Promise((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (error) => {
        // The store closed a kept connection just when it was used again, and has seen nothing of the part.
        if (request.reusedSocket && !this.#asked && !this.#ended) {
          this.#request = openRequest(part, false);
          this.#send(part).then(resolve, reject);
        } else reject(error);
      });
    });
  }

  #proceed(): void {
    if (this.#asked || this.#ended) return;
    this.#asked = true;
    this.#sayReady();
    this.#sendWaiting(1);
  }

  write(bytes: Uint8Array, onWritten?: () => void): boolean {
    this.#crc = crc32c(bytes, this.#crc);
    this.#md5.update(bytes);
    this.#receivedBytes += bytes.length;
    if (this.#ended) {
      onWritten?.();
      return true;
    }
    this.#waiting.push({ bytes, onWritten });
    this.#unsentBytes += bytes.length;
    if (this.#asked) this.#sendWaiting(1);
    this.#paused = this.#unsentBytes >= HIGH_WATER_BYTES;
    return !this.#paused;
  }

  /** Hands all pieces but the last `keep` to the request. */
  #sendWaiting(keep: number): void {
    while (this.#waiting.length > keep) {
      const piece = this.#waiting.shift()!;
      this.#underWay.add(piece);
      this.#request.write(piece.bytes, () => this.#settle(piece));
    }
  }

  /** Once for each piece, whether it was sent or not: a broken request does not call back. */
  #settle(piece: Piece): void {
    if (!this.#underWay.delete(piece)) return;
    this.#unsentBytes -= piece.bytes.length;
    piece.onWritten?.();
    if (this.#paused && this.#unsentBytes < HIGH_WATER_BYTES / 2) {
      this.#paused = false;
      this.onDrain();
    }
  }

  /** The store has answered, or never will: nothing more is sent. */
  #dropRest(): void {
    this.#ended = true;
    for (const piece of this.#waiting.splice(0)) this.#underWay.add(piece);
    for (const piece of [...this.#underWay]) this.#settle(piece);
  }

  async finish(announced: AnnouncedPart): Promise<PartReceipt> {
    const receipt = {
      partNumber: this.#partNumber,
      sizeBytes: this.#receivedBytes,
      crc32c: crcHex(this.#crc),
    };
    if (receipt.sizeBytes !== announced.sizeBytes || receipt.crc32c !== announced.crc32c) {
      await this.abort();
      throw new AppError('CHECKSUM_MISMATCH', { details: { announced, received: receipt } });
    }
    await Promise.race([this.#ready, this.#answer.catch(() => undefined)]);
    if (!this.#ended) {
      this.#sendWaiting(0);
      this.#request.end();
    }
    const md5 = this.#md5.digest('hex');
    const etag = await this.#stored();
    if (etag !== md5) {
      await this.#outcome.refused();
      throw new AppError('CHECKSUM_MISMATCH', {
        message: 'The store took other bytes than were sent to it.',
        details: { sentMd5: md5, storedEtag: etag },
      });
    }
    await this.#outcome.taken(receipt, md5);
    return receipt;
  }

  /** The ETag the store gave the part. Throws what its refusal means. */
  async #stored(): Promise<string> {
    try {
      const answer = await this.#answer;
      const body = await textOf(answer);
      if (answer.statusCode === 200) return plainEtag(answer.headers.etag);
      // What was announced may never have been sent, so the connection is of no more use.
      this.#request.destroy();
      const code = /<Code>(\w{1,80})<\/Code>/.exec(body)?.[1] ?? '';
      throw answeredError(code, answer.statusCode, 'a part');
    } catch (error) {
      throw s3Error(error, 'a part');
    }
  }

  async abort(): Promise<void> {
    this.#dropRest();
    this.#request.destroy();
    await this.#answer.catch(() => undefined);
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const piece of answer) {
    if (text.length < MAX_ANSWER_BYTES) text += piece;
  }
  return text;
}
