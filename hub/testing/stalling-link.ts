import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';

/** A way to the store that takes the beginning of each part and then nothing more, until it is released; whole parts go on to the store. */
export class StallingLink {
  /** Parts that were begun. */
  begun = 0;
  /** Parts whose sender went away before the end. */
  cut = 0;
  /** Parts that came whole. */
  whole = 0;
  private readonly target: string;
  private readonly stalled = new Set<IncomingMessage>();
  private stalls = true;
  private server: Server | null = null;

  private constructor(target: string) {
    this.target = target;
  }

  static async open(target: string): Promise<StallingLink> {
    const link = new StallingLink(target);
    const server = createServer((request, response) => void link.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    link.server = server;
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.begun++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (!this.stalls) return;
      this.stalled.add(request);
      request.pause();
    });
    try {
      await new Promise((resolve, reject) => request.once('end', resolve).once('error', reject));
    } catch {
      this.cut++;
      return;
    }
    this.whole++;
    const answer = await fetch(new URL(request.url!, this.target), {
      method: 'PUT',
      headers: { [PART_CRC_HEADER]: String(request.headers[PART_CRC_HEADER]) },
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  }

  /** Takes everything from now on, also the rest of what it stopped. */
  release(): void {
    this.stalls = false;
    for (const request of this.stalled) request.resume();
    this.stalled.clear();
  }

  async close(): Promise<void> {
    this.server!.closeAllConnections();
    await new Promise((resolve) => this.server!.close(resolve));
  }
}
