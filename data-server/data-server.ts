import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '#src/server/observability/logger.ts';
import type { Grant, PartGrant, ServedStore } from '#src/server/storage/served-store.port.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { answerError, answerJson, answerPreflight, setCommonHeaders } from './answers.ts';
import { openPartConnection, type PartConnection } from './part-connection.ts';
import { announcedPart, PartReceiver, requestSource } from './receive-part.ts';
import { sendObject } from './send-object.ts';

export interface DataServerOptions {
  store: ServedStore;
  /** The only origin whose pages may read: the web app's. */
  webOrigin: string;
  version: string;
  log: Logger;
}

export interface DataServer {
  /** Rejects with the system's error (EADDRINUSE, EACCES) when the address cannot be had. */
  listen(port: number, host: string): Promise<void>;
  /** Takes no new connection, ends idle ones, lets parts under way finish for `graceMs`, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** A sender or reader that moves no byte for this long is cut off. */
const IDLE_MS = 30_000;
const HEADERS_MS = 15_000;
/** A whole part on a slow line: 512 MiB at 1 MB/s. */
const REQUEST_MS = 10 * 60_000;
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * The HTTP server of the `fs` store: part PUT, object GET and HEAD, health. It knows no people and no database: a signed
 * address is the whole permission. Addresses carry signatures, so no log line holds a query.
 */
export function createDataServer(options: DataServerOptions): DataServer {
  const { store, log, webOrigin, version } = options;
  const receiver = new PartReceiver(store);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(`http://data${request.url}`);
    if (!url) throw new AppError('NOT_FOUND');
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (url.pathname === '/health' && reading) {
      await store.check();
      answerJson(response, 200, { ok: true, version });
      return;
    }
    if (request.method === 'OPTIONS') {
      answerPreflight(response);
      return;
    }
    const grant = checked(store.verifyAddress(url));
    if (grant.kind === 'read' && reading) {
      await sendObject(store, request, response, grant);
    } else if (grant.kind === 'part' && request.method === 'PUT') {
      const announced = announcedPart(request.headers, grant);
      if (request.headers.expect === '100-continue') response.writeContinue();
      answerJson(response, 200, await receiver.receive(grant, announced, requestSource(request)));
    } else {
      throw new AppError('NOT_FOUND');
    }
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const requestId = randomUUID();
    setCommonHeaders(request, response, webOrigin);
    answer(request, response).catch((error) => {
      const unexpected = !(error instanceof AppError) || error.status >= 500;
      // Where a reader went away in mid-answer there is nobody to tell, and nothing to repair.
      if (!(response.headersSent && response.destroyed)) {
        const fields = { requestId, method: request.method, path: request.url?.split('?')[0] };
        log[unexpected ? 'error' : 'warn']({ ...fields, err: error }, 'request failed');
      }
      // The rest of a refused body is not read: the connection cannot be used again.
      if (!request.complete) response.setHeader('Connection', 'close');
      answerError(response, error, requestId);
    });
  }

  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
  });
  server.setTimeout(IDLE_MS);
  server.on('request', handle);
  // A sender that waits to be asked learns of a refusal before it sends the body.
  server.on('checkContinue', handle);
  const verify = (url: URL): PartGrant | null => {
    const grant = store.verifyAddress(url);
    return typeof grant === 'object' && grant.kind === 'part' ? grant : null;
  };
  const partConnections = readPartsFirst(server, { receiver, verify, log, idleMs: IDLE_MS });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    stop: (graceMs) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of partConnections) connection.close();
        const cut = () => {
          server.closeAllConnections();
          for (const connection of partConnections) connection.destroy();
        };
        if (graceMs === 0) cut();
        else setTimeout(cut, graceMs).unref();
      }),
  };
}

/**
 * Puts the reader of parts before Node's HTTP server: a connection comes to the server only when it says something else. Returns the
 * connections that have not.
 */
function readPartsFirst(
  server: Server,
  options: { receiver: PartReceiver; verify: (url: URL) => PartGrant | null; log: Logger; idleMs: number },
): ReadonlySet<PartConnection> {
  const connections = new Set<PartConnection>();
  const [serve] = server.listeners('connection') as ((connection: Duplex) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (accepted: Socket) => {
    const connection = openPartConnection(accepted, {
      ...options,
      // "Any Duplex stream can be passed" as a connection, says the documentation of this event.
      handOver: (duplex) => {
        if (connection) connections.delete(connection);
        serve!.call(server, duplex);
      },
    });
    if (!connection) {
      serve!.call(server, accepted);
      return;
    }
    connections.add(connection);
    connection.onClose(() => connections.delete(connection));
  });
  return connections;
}

function checked(grant: Grant | 'forged' | 'expired'): Grant {
  if (grant === 'forged') throw new AppError('NOT_FOUND');
  if (grant === 'expired') throw new AppError('LINK_EXPIRED', 'This address has expired: ask for a new one.');
  return grant;
}
