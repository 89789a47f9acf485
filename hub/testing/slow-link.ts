import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface SlowLinkOptions {
  roundTripMs: number;
  /** What may be on the way of one connection, so that it brings at most this per round trip, as TCP does. */
  windowBytes: number;
  /** Of all connections together, each direction; null = no limit. */
  bytesPerS: number | null;
}

/** Each piece leaves the wire after those before it, whichever connection they came by. */
class Wire {
  private freeAtMs = 0;

  leavesAt(bytes: number, bytesPerS: number | null): number {
    const now = performance.now();
    this.freeAtMs = Math.max(now, this.freeAtMs) + (bytesPerS === null ? 0 : (1000 * bytes) / bytesPerS);
    return this.freeAtMs;
  }
}

const PIECE_BYTES = 16 * 1024;

/** A long way to an address of this machine, with a rate that may be changed at any moment. */
export class SlowLink {
  bytesPerS: number | null;
  private readonly options: SlowLinkOptions;
  private readonly target: { host: string; port: number };
  private readonly up = new Wire();
  private readonly down = new Wire();
  private readonly open = new Set<Socket>();
  private readonly server: Server;

  private constructor(target: string, options: SlowLinkOptions) {
    const { hostname, port } = new URL(target);
    this.target = { host: hostname, port: Number(port) };
    this.options = options;
    this.bytesPerS = options.bytesPerS;
    this.server = createServer({ noDelay: true }, (near) => {
      const far = connect({ ...this.target, noDelay: true });
      this.carry(near, far, this.up);
      this.carry(far, near, this.down);
    });
  }

  /** One that listens, in front of a URL. */
  static async to(target: string, options: SlowLinkOptions): Promise<SlowLink> {
    const link = new SlowLink(target, options);
    await new Promise<void>((resolve) => link.server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private carry(from: Socket, to: Socket, wire: Wire): void {
    const { roundTripMs, windowBytes } = this.options;
    this.open.add(from);
    let onTheWay = 0;
    const waiting: Buffer[] = [];
    const onWire: Buffer[] = [];
    let isOver = false;
    const isEmpty = () => waiting.length === 0 && onTheWay === 0;
    const send = () => {
      while (waiting.length > 0 && onTheWay < windowBytes) {
        const piece = waiting.shift()!;
        onTheWay += piece.length;
        const tookMs = Math.max(0, wire.leavesAt(piece.length, this.bytesPerS) - performance.now());
        onWire.push(piece);
        // Timers of nearly the same moment fire in any order; pieces arrive in that of their sending.
        setTimeout(
          () => {
            const first = onWire.shift()!;
            if (to.writable) to.write(first);
          },
          tookMs + roundTripMs / 2,
        );
        // Word that it came is back after the other half.
        setTimeout(() => {
          onTheWay -= piece.length;
          send();
        }, tookMs + roundTripMs);
      }
      if (waiting.length === 0 && from.isPaused()) from.resume();
      if (isOver && isEmpty()) to.end();
    };
    from.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES)
        waiting.push(bytes.subarray(at, at + PIECE_BYTES));
      from.pause();
      send();
    });
    from.on('end', () => {
      isOver = true;
      send();
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.open.delete(from);
      if (from.errored || !isOver) to.destroy();
    });
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
