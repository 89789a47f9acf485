import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the line does between an agent and one of its peers. Bytes are counted per connection and direction. cut: refused, and what was open
 * is dropped. hang: taken and never answered. error-500: every request is answered so. slow: both directions, bytes per second. truncate:
 * the answer ends after so many bytes. close: the request does. damage: one bit of the request is turned over. unheard: what is asked for is
 * done, and of requests whose path ends so the answer is lost.
 */
export type LineFault =
  | { kind: 'pass' }
  | { kind: 'cut' }
  | { kind: 'hang' }
  | { kind: 'error-500' }
  | { kind: 'slow'; bytesPerS: number }
  | { kind: 'truncate'; afterBytes: number }
  | { kind: 'close'; afterBytes: number }
  | { kind: 'damage'; atByte: number }
  | { kind: 'unheard'; pathEnd: string };

const SLICE_BYTES = 16 * 1024;

/** Passes bytes on at a rate. */
function throttle(bytesPerS: number): Transform {
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        const slice = chunk.subarray(at, at + SLICE_BYTES);
        await sleep((slice.length * 1000) / bytesPerS);
        this.push(slice);
      }
      done();
    },
  });
}

/** Passes the first bytes on, then calls `over`. */
function first(bytes: number, over: () => void): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (left > 0) this.push(chunk.subarray(0, left));
      left -= chunk.length;
      done();
      if (left <= 0) setImmediate(over);
    },
  });
}

/** Turns one bit over. */
function damage(atByte: number): Transform {
  let at = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const inside = atByte - at;
      at += chunk.length;
      if (inside < 0 || inside >= chunk.length) return done(null, chunk);
      const copy = Buffer.from(chunk);
      copy[inside]! ^= 1;
      done(null, copy);
    },
  });
}

/** Whether a request begins with this piece, and its path ends so; one begins with a piece of its own. */
const asksFor = (chunk: Buffer, pathEnd: string): boolean =>
  /^[A-Z]+ (\S+) HTTP\/1\.1\r\n/.exec(chunk.toString('latin1', 0, 500))?.[1]?.endsWith(pathEnd) ?? false;

/** Relays one TCP address of this machine through faults that can be set at any moment. */
export class FaultRelay {
  private readonly target: { host: string; port: number };
  private readonly server: Server;
  private readonly failing = createHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: 'INTERNAL', message: 'Told to fail.' }));
    });
  });
  private readonly open = new Set<Socket>();
  private fault: LineFault = { kind: 'pass' };
  /** Connections taken so far. */
  connections = 0;
  /** Bytes of requests that came through so far. */
  requestBytes = 0;
  /** Answers that came through so far, by their HTTP status. */
  readonly answers = new Map<number, number>();

  constructor(target: { host: string; port: number }) {
    this.target = target;
    this.server = createServer((socket) => this.take(socket));
  }

  /** One that listens, in front of the address. */
  static async to(url: string): Promise<FaultRelay> {
    const { hostname, port } = new URL(url);
    const relay = new FaultRelay({ host: hostname, port: Number(port) });
    await relay.listen();
    return relay;
  }

  /** What it stands in front of: "127.0.0.1:3000". */
  get address(): string {
    return `${this.target.host}:${this.target.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  /** From now on; connections that are open are dropped. */
  set(fault: LineFault): void {
    this.fault = fault;
    for (const socket of this.open) socket.destroy();
  }

  private track(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.open.delete(socket));
  }

  private take(socket: Socket): void {
    this.connections++;
    this.track(socket);
    const { fault } = this;
    if (fault.kind === 'cut') socket.destroy();
    else if (fault.kind === 'error-500') this.failing.emit('connection', socket);
    else if (fault.kind !== 'hang') this.pass(socket, fault);
  }

  private pass(socket: Socket, fault: LineFault): void {
    const upstream = connect({ ...this.target, noDelay: true });
    this.track(upstream);
    const drop = () => {
      socket.destroy();
      upstream.destroy();
    };
    socket.on('close', () => upstream.destroy());
    // Its end goes through the pipe, behind what a slow line still holds.
    upstream.on('error', drop);
    socket.on('data', (chunk: Buffer) => {
      this.requestBytes += chunk.length;
    });
    upstream.on('data', (chunk: Buffer) => this.countAnswer(chunk));
    const there = fault.kind === 'damage' ? damage(fault.atByte) : null;
    if (fault.kind === 'slow') {
      socket.pipe(throttle(fault.bytesPerS)).pipe(upstream);
      upstream.pipe(throttle(fault.bytesPerS)).pipe(socket);
    } else if (fault.kind === 'unheard') {
      let isDeaf = false;
      socket.on('data', (chunk: Buffer) => {
        isDeaf ||= asksFor(chunk, fault.pathEnd);
      });
      socket.pipe(upstream);
      upstream.on('data', (chunk: Buffer) => (isDeaf ? drop() : socket.write(chunk)));
      upstream.on('end', () => socket.end());
    } else {
      if (fault.kind === 'close') socket.pipe(first(fault.afterBytes, drop)).pipe(upstream);
      else if (there) socket.pipe(there).pipe(upstream);
      else socket.pipe(upstream);
      if (fault.kind === 'truncate') upstream.pipe(first(fault.afterBytes, drop)).pipe(socket);
      else upstream.pipe(socket);
    }
  }

  /** An answer begins with a piece of its own: nobody asks for the next before it has the last. */
  private countAnswer(chunk: Buffer): void {
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1', 0, 12))?.[1] ?? 0);
    if (status !== 0) this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }

  async close(): Promise<void> {
    this.set({ kind: 'cut' });
    await new Promise((resolve) => this.server.close(resolve));
    this.failing.close();
  }
}
