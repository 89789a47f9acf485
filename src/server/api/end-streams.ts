import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Published by Node's HTTP server for every request, before anybody handles it. */
const REQUEST_START = 'http.server.request.start';
/** How often a stopping process looks for connections that have nothing left to carry. */
const SWEEP_MS = 100;

/**
 * Next stops listening at SIGTERM and then waits for every open connection; a live stream never ends by itself, and a browser keeps its
 * idle connections. Returns what ends both: event streams are cut (the browser connects anew and goes on behind its last event),
 * other requests are answered, and their connections are closed behind them. Call the first function once per process.
 */
export function noteOpenStreams(): () => void {
  const servers = new Set<Server>();
  const open = new Set<ServerResponse>();
  let stopping = false;

  subscribe(REQUEST_START, (message) => {
    const { response, server } = message as {
      request: IncomingMessage;
      response: ServerResponse;
      server: Server;
    };
    servers.add(server);
    open.add(response);
    response.once('close', () => open.delete(response));
    if (stopping) response.setHeader('Connection', 'close');
  });

  const sweep = () => {
    // Next sets headers one by one; those handed to `writeHead` alone would not be seen here.
    for (const response of open) {
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
    }
    for (const server of servers) server.closeIdleConnections();
  };
  return () => {
    if (stopping) return;
    stopping = true;
    sweep();
    setInterval(sweep, SWEEP_MS).unref();
  };
}

/** From now on SIGTERM and SIGINT end the event streams of this process, beside what Next does then. */
export function endStreamsOnSignal(): void {
  const end = noteOpenStreams();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
