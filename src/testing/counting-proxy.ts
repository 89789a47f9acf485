import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy {
  /** In place of the server's own. */
  origin: string;
  /** What was asked since the last call, in order: method, what is done with it ("copy"), and the parameters that decide. */
  taken(): string[];
  close(): Promise<void>;
}

/** Parameters of S3 that make another operation of a request. */
const OPERATIONS = ['uploads', 'uploadId', 'partNumber', 'delete', 'list-type'];

/** Stands before an S3 server and counts what is asked of it. The host a request is signed for is passed on as it is. */
export async function countingProxy(endpoint: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(endpoint);
  let seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url: path } = incoming;
    const query = new URL(`http://x${path}`).searchParams;
    const operation = OPERATIONS.filter((name) => query.has(name));
    if (headers['x-amz-copy-source'] !== undefined) operation.unshift('copy');
    seen.push([method, ...operation].join(' '));
    const asked = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    incoming.pipe(asked);
  });
  server.on('checkContinue', (incoming, outgoing) => {
    delete incoming.headers.expect;
    outgoing.writeContinue();
    server.emit('request', incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken() {
      const all = seen;
      seen = [];
      return all;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
