import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RelayedDownload {
  /** Of the object, as it stands in its address. */
  name: string;
  range: string | null;
  /** Counts the requests for this object, from 1. */
  nth: number;
}

/**
 * What becomes of a download: `cut` after so many bytes of the answer, `damaged` in its first byte, `refused` by this status, or as the store gives
 * it; first whatever the test wants to happen in between.
 */
export type DownloadFault = { cut: number } | { damaged: true } | { refused: number } | null;

/** Stands between whoever downloads and the data server, and does harm when a test says so. */
export class DownloadRelay {
  readonly seen: RelayedDownload[] = [];
  fault: (download: RelayedDownload) => DownloadFault | Promise<DownloadFault> = () => null;
  private readonly target: string;
  private server: Server | null = null;

  private constructor(target: string) {
    this.target = target;
  }

  /** @param target origin of the data server */
  static async open(target: string): Promise<DownloadRelay> {
    const relay = new DownloadRelay(target);
    const server = createServer((request, response) => {
      relay.pass(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    relay.server = server;
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  /** Requests for an object, by the end of its path. */
  of(name: string): RelayedDownload[] {
    return this.seen.filter((one) => one.name.endsWith(name));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(new URL(request.url!, this.target).pathname);
    const range = request.headers.range ?? null;
    const download = { name, range, nth: this.of(name).length + 1 };
    this.seen.push(download);
    const fault = await this.fault(download);
    if (fault !== null && 'refused' in fault) {
      response.writeHead(fault.refused).end();
      return;
    }
    const answer = await fetch(new URL(request.url!, this.target), {
      headers: range === null ? {} : { range },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (fault !== null && 'cut' in fault) {
      response.write(bytes.subarray(0, fault.cut), () => setImmediate(() => response.destroy()));
      return;
    }
    if (fault !== null) bytes[0] = bytes[0]! ^ 1;
    response.end(bytes);
  }

  async close(): Promise<void> {
    this.server!.closeAllConnections();
    await new Promise((resolve) => this.server!.close(resolve));
  }
}
