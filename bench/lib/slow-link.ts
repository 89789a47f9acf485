import { createServer, connect as dial, type Socket } from 'node:net';

/*
 * A link with a rate and a round trip, as a TCP relay: a child of the benches, so that its work is nobody else's. Each direction delivers
 * at most `bytesPerS` over all connections, and every piece half a round trip after it was taken.
 */

export interface SlowLinkOrder {
  bytesPerS: number;
  /** Of each connection for itself, as windows make it on long ways; left out = as much as there is. */
  connectionBytesPerS?: number;
  roundTripMs: number;
  /** Local port → port behind the link, both on loopback. */
  ports: Record<string, number>;
}

/** What a piece may add to the queue of a connection before its sender has to wait: the bandwidth-delay product and some more. */
const WINDOW_BYTES = 16 * 1024 * 1024;

class Direction {
  private readonly bytesPerMs: number;
  private freeAtMs = 0;

  constructor(bytesPerS: number) {
    this.bytesPerMs = bytesPerS / 1000;
  }

  /** When the last byte of a piece taken now has left the wire. */
  leavesAt(bytes: number): number {
    this.freeAtMs = Math.max(performance.now(), this.freeAtMs) + bytes / this.bytesPerMs;
    return this.freeAtMs;
  }
}

function carry(from: Socket, to: Socket, directions: readonly Direction[], delayMs: number): void {
  const queue: { bytes: Buffer; atMs: number }[] = [];
  let queued = 0;
  let ended = false;
  let timer: NodeJS.Timeout | null = null;
  const deliverInTime = () => {
    if (timer === null) timer = setTimeout(deliver, Math.max(0, queue[0]!.atMs - performance.now()));
  };
  const deliver = () => {
    timer = null;
    while (queue.length > 0 && queue[0]!.atMs <= performance.now()) {
      const { bytes } = queue.shift()!;
      queued -= bytes.length;
      to.write(bytes);
    }
    if (queued < WINDOW_BYTES && from.isPaused()) from.resume();
    if (queue.length > 0) deliverInTime();
    else if (ended) to.end();
  };
  from.on('data', (bytes) => {
    const atMs = Math.max(...directions.map((direction) => direction.leavesAt(bytes.length))) + delayMs;
    queue.push({ bytes, atMs });
    queued += bytes.length;
    if (queued >= WINDOW_BYTES) from.pause();
    deliverInTime();
  });
  from.on('end', () => {
    ended = true;
    if (queue.length === 0) to.end();
  });
  from.on('error', () => to.destroy());
}

async function main({ bytesPerS, connectionBytesPerS, roundTripMs, ports }: SlowLinkOrder): Promise<void> {
  const up = new Direction(bytesPerS);
  const down = new Direction(bytesPerS);
  const own = () => (connectionBytesPerS === undefined ? [] : [new Direction(connectionBytesPerS)]);
  for (const [local, target] of Object.entries(ports)) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = dial({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      carry(near, far, [up, ...own()], roundTripMs / 2);
      carry(far, near, [down, ...own()], roundTripMs / 2);
    });
    await new Promise<void>((resolve) => server.listen(Number(local), '127.0.0.1', resolve));
  }
  process.send?.({ event: 'ready' });
  process.on('disconnect', () => process.exit(0));
}

await main(JSON.parse(process.argv[2]!) as SlowLinkOrder);
