import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Logger } from '#src/server/observability/logger.ts';
import type { PartGrant, PartSink } from '#src/server/storage/served-store.port.ts';
import { AppError, toPublicError } from '#src/shared/errors/app-error.ts';
import { SAFE_HEADERS } from './answers.ts';
import { type PlainPart, recognisePart } from './part-head.ts';
import { connectionCut, type PartReceiver, type PartSource } from './receive-part.ts';

/**
 * Reads connections that send parts. Node's HTTP server hands a body over in pieces of 64 KiB, each allocated, copied and
 * collected: that was about half of the processor time per byte on a loaded machine. So a connection is read into
 * blocks that are used again and again; as soon as it says anything but a plain part PUT, it is given to Node's server for good.
 */
const BLOCK_BYTES = 512 * 1024;
const HEAD_BUFFER_BYTES = 64 * 1024;
/** Blocks of one connection on their way to the disk before its sender has to wait. One more is being filled. */
const MAX_IN_FLIGHT = 4;
const MAX_IDLE_BLOCKS = 64;

/** Blocks not in use at the moment, for all connections. */
const idleBlocks: Buffer[] = [];
const takeBlock = () => idleBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
const giveBlock = (block: Buffer) => {
  if (idleBlocks.length < MAX_IDLE_BLOCKS) idleBlocks.push(block);
};

export interface PartConnectionOptions {
  receiver: PartReceiver;
  verify: (url: URL) => PartGrant | null;
  log: Logger;
  idleMs: number;
  /** Takes over a connection that is not (or no longer) for parts. */
  handOver: (connection: Duplex) => void;
}

/**
 * The handle of an accepted socket. Reading into buffers of one's own is a documented option of `net.Socket` (`onread`), but only its
 * constructor takes it, and a server makes the sockets itself. Undefined should a later Node keep it elsewhere.
 */
function takeHandle(accepted: Socket): unknown {
  const holder = accepted as unknown as { _handle?: { readStop?: () => void; reading?: boolean } | null };
  const handle = holder._handle;
  if (typeof handle?.readStop !== 'function' || typeof handle.reading !== 'boolean') return undefined;
  handle.readStop();
  handle.reading = false;
  holder._handle = null;
  return handle;
}

/** Reads an accepted connection; null when this Node does not let us, and the caller must use the socket as it is. */
export function openPartConnection(accepted: Socket, options: PartConnectionOptions): PartConnection | null {
  const handle = takeHandle(accepted);
  return handle === undefined ? null : new PartConnection(accepted, handle, options);
}

type State = 'head' | 'opening' | 'body' | 'discarding' | 'answering' | 'handed-over';

export class PartConnection {
  readonly #options: PartConnectionOptions;
  readonly #socket: Socket;
  #state: State = 'head';
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BUFFER_BYTES);
  #headFill = 0;
  /** Bytes of the body that have not been read yet. */
  #remaining = 0;
  #block: Buffer | null = null;
  #blockFill = 0;
  #inFlight = 0;
  #sink: PartSink | null = null;
  #bodyDone: { resolve: () => void; reject: (error: Error) => void } | null = null;
  #node: Duplex | null = null;
  #closing = false;

  constructor(accepted: Socket, handle: unknown, options: PartConnectionOptions) {
    this.#options = options;
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (bytes: number, buffer: Uint8Array) => this.#took(bytes, buffer),
    };
    const socket = new Socket({ handle, allowHalfOpen: true, onread } as ConstructorParameters<
      typeof Socket
    >[0]);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(options.idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('end', () => {
      if (this.#node) this.#node.push(null);
      else if (this.#state === 'head') socket.end();
      else socket.destroy();
    });
    socket.on('close', () => {
      this.#bodyDone?.reject(connectionCut());
      this.#node?.destroy();
      // The server counts its connections by the sockets it made.
      accepted.destroy();
    });
    socket.resume();
  }

  /** Ends the connection now when it is idle, else after the answer to the part under way. */
  close(): void {
    this.#closing = true;
    if (this.#state === 'head') this.#socket.destroy();
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Where the next bytes go. Asked right after a read, so before a pause, not after it: see `#closeUp`. */
  #nextBuffer(): Uint8Array {
    if (this.#state === 'body') {
      const block = this.#block!;
      return block.subarray(this.#blockFill, Math.min(block.length, this.#blockFill + this.#remaining));
    }
    return this.#state === 'handed-over' ? this.#head : this.#head.subarray(this.#headFill);
  }

  /** Bytes have come. False pauses reading until `resume`. */
  #took(bytes: number, buffer: Uint8Array): boolean {
    if (buffer.buffer === this.#head.buffer) this.#closeUp(bytes, buffer);
    switch (this.#state) {
      case 'head':
        this.#headFill += bytes;
        return this.#readHead();
      case 'body':
        if (buffer.buffer === this.#block!.buffer) {
          this.#blockFill += bytes;
          this.#remaining -= bytes;
        } else {
          this.#intoBlock(bytes);
        }
        return this.#passOn();
      case 'discarding': {
        const rest = Math.min(bytes, this.#remaining);
        this.#keepAfter(rest, bytes);
        this.#remaining -= rest;
        if (this.#remaining > 0) return true;
        this.#bodyDone?.resolve();
        return false;
      }
      case 'handed-over':
        return this.#node!.push(Buffer.from(buffer.subarray(0, bytes)));
      default:
        throw new Error(`bytes in state ${this.#state}`);
    }
  }

  /** What was used up during a pause left a hole before the bytes that came after it. */
  #closeUp(bytes: number, buffer: Uint8Array): void {
    const at = buffer.byteOffset - this.#head.byteOffset;
    if (this.#state !== 'handed-over' && at !== this.#headFill) {
      this.#head.copyWithin(this.#headFill, at, at + bytes);
    }
  }

  /** The first bytes of a body after the pause for opening: they came into the head buffer, behind what is kept there. */
  #intoBlock(bytes: number): void {
    const taken = Math.min(bytes, this.#remaining, BLOCK_BYTES - this.#blockFill);
    this.#head.copy(this.#block!, this.#blockFill, this.#headFill, this.#headFill + taken);
    this.#blockFill += taken;
    this.#remaining -= taken;
    this.#keepAfter(taken, bytes);
  }

  /** Of `bytes` read behind `headFill` the first `taken` are used up; the others belong to the next request. */
  #keepAfter(taken: number, bytes: number): void {
    this.#head.copyWithin(this.#headFill, this.#headFill + taken, this.#headFill + bytes);
    this.#headFill += bytes - taken;
  }

  /** Looks at what has come of a head. False when reading has to wait. */
  #readHead(): boolean {
    const part = recognisePart(this.#head.subarray(0, this.#headFill), this.#options.verify);
    if (part === 'more') return true;
    if (part === 'other') {
      this.#handOver();
      return true;
    }
    this.#state = 'opening';
    this.#remaining = part.announced.sizeBytes;
    this.#block = takeBlock();
    this.#blockFill = 0;
    const came = Math.min(this.#remaining, this.#headFill - part.headBytes);
    // The head buffer is smaller than a block, so what came with the head fits, and the next read after it too.
    this.#head.copy(this.#block, 0, part.headBytes, part.headBytes + came);
    this.#blockFill = came;
    this.#remaining -= came;
    // What follows the body already belongs to the next request.
    this.#head.copyWithin(0, part.headBytes + came, this.#headFill);
    this.#headFill -= part.headBytes + came;
    this.#receive(part).catch((error) => {
      this.#options.log.error({ err: error }, 'a connection broke in an unexpected way');
      this.#socket.destroy();
    });
    return false;
  }

  async #receive(part: PlainPart): Promise<void> {
    const source: PartSource = {
      cancel: () => this.#socket.destroy(),
      drainInto: (sink) => this.#drainInto(sink),
    };
    let status = 200;
    let body: unknown;
    const requestId = randomUUID();
    try {
      body = await this.#options.receiver.receive(part.grant, part.announced, source);
    } catch (error) {
      const unexpected = !(error instanceof AppError) || error.status >= 500;
      const path = `/part/${part.grant.uploadRef}/${part.grant.partNumber}`;
      this.#options.log[unexpected ? 'error' : 'warn'](
        { requestId, method: 'PUT', path, err: error },
        'request failed',
      );
      ({ status, body } = toPublicError(error, requestId));
      await this.#discardRest();
    }
    this.#answer(status, body);
  }

  #drainInto(sink: PartSink): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(connectionCut());
        return;
      }
      this.#bodyDone = { resolve, reject };
      this.#sink = sink;
      this.#state = 'body';
      if (this.#passOn()) this.#socket.resume();
    });
  }

  /** Hands a full or final block to the sink. False when reading has to wait. */
  #passOn(): boolean {
    const block = this.#block!;
    if (this.#remaining > 0 && this.#blockFill < block.length) return true;
    if (this.#blockFill > 0) {
      this.#inFlight += 1;
      this.#sink!.write(block.subarray(0, this.#blockFill), () => this.#written(block));
      this.#blockFill = 0;
    } else {
      giveBlock(block);
    }
    if (this.#remaining > 0) {
      this.#block = takeBlock();
      return this.#inFlight < MAX_IN_FLIGHT;
    }
    this.#block = null;
    this.#state = 'answering';
    this.#bodyDone!.resolve();
    return false;
  }

  #written(block: Buffer): void {
    giveBlock(block);
    this.#inFlight -= 1;
    if (this.#state === 'body' && this.#inFlight === MAX_IN_FLIGHT - 1) this.#socket.resume();
  }

  /** After a refusal in mid-body: the sender hears of it when it has sent the rest, as it will not listen before. */
  async #discardRest(): Promise<void> {
    if (this.#remaining === 0 || this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#bodyDone = { resolve, reject: () => resolve() };
      this.#state = 'discarding';
      this.#socket.resume();
    });
  }

  #answer(status: number, body: unknown): void {
    this.#bodyDone = null;
    this.#sink = null;
    if (this.#block) giveBlock(this.#block);
    this.#block = null;
    if (this.#socket.destroyed) return;
    const text = JSON.stringify(body);
    const fields = [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Content-Length', String(Buffer.byteLength(text))],
      ['Cache-Control', 'no-store'],
      ['Date', new Date().toUTCString()],
      ['Connection', this.#closing ? 'close' : 'keep-alive'],
      ['Keep-Alive', `timeout=${Math.floor(this.#options.idleMs / 1000)}`],
      ...SAFE_HEADERS,
    ];
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${text}`);
    this.#state = 'head';
    if (this.#closing) this.#socket.end(() => this.#socket.destroy());
    else if (this.#headFill === 0 || this.#readHead()) this.#socket.resume();
  }

  /** Gives the connection, from the first byte of the request that came, to Node's HTTP server. */
  #handOver(): void {
    this.#state = 'handed-over';
    const socket = this.#socket;
    const node = new Duplex({
      read: () => {
        socket.resume();
      },
      write: (chunk: Uint8Array, _encoding, done) => {
        socket.write(chunk, done);
      },
      final: (done) => {
        socket.end(done);
      },
      destroy: (error, done) => {
        socket.destroy();
        done(error);
      },
    });
    // A connection that breaks is no news; what it was doing is told of its end by `close`.
    node.on('error', () => undefined);
    this.#node = node;
    node.push(Buffer.from(this.#head.subarray(0, this.#headFill)));
    this.#options.handOver(node);
  }
}
