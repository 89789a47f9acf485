import { subscribe } from 'node:diagnostics_channel';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Published by Node's HTTP server for every request, before anybody handles it. */
const REQUEST_START = 'http.server.request.start';
/** How often a stopping process looks for connections that have nothing left to carry. */
const SWEEP_MS = 100;

const SLOT = Symbol.for('beamdeck.stopping');
/** Next loads route handlers and the start hook as separate module graphs: what they share hangs on `globalThis`. */
const shared = globalThis as { [SLOT]?: AbortController };

function stop(): AbortController {
  shared[SLOT] ??= new AbortController();
  return shared[SLOT];
}

/** Aborted when this process has been told to stop: whoever holds a request open to wait for something answers then. */
export const stoppingSignal = (): AbortSignal => stop().signal;

/**
 * Next stops listening at SIGTERM and then waits for every open connection; a live stream never ends by itself, and a browser keeps
 * connections it does not use, some that never carried anything. Returns what ends them all: event streams are cut (the browser connects
 * anew and goes on behind its last event), long polls are told by `stoppingSignal`, other requests are answered, and their connections
 * are closed behind them. Call the first function once per process.
 */
export function noteOpenStreams(): () => void {
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  const open = new Set<ServerResponse>();
  let stopping = false;

  const noteSocket = (socket: Socket) => {
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  subscribe(REQUEST_START, (message) => {
    const { response, server, socket } = message as {
      response: ServerResponse;
      server: Server;
      socket: Socket;
    };
    if (!servers.has(server)) {
      servers.add(server);
      server.on('connection', noteSocket);
    }
    noteSocket(socket);
    open.add(response);
    response.once('close', () => open.delete(response));
    if (stopping) response.setHeader('Connection', 'close');
  });

  const sweep = () => {
    const busy = new Set<Socket | null>();
    for (const response of open) {
      // Next sets headers one by one; those handed to `writeHead` alone would not be seen here.
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
      else busy.add(response.socket);
    }
    for (const socket of sockets) if (!busy.has(socket)) socket.destroySoon();
  };
  return () => {
    if (stopping) return;
    stopping = true;
    stop().abort();
    sweep();
    setInterval(sweep, SWEEP_MS).unref();
  };
}

/** From now on SIGTERM and SIGINT end the event streams and long polls of this process, beside what Next does then. */
export function endStreamsOnSignal(): void {
  const end = noteOpenStreams();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
