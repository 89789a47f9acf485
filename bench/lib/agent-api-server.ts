import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as heartbeat from '#src/app/api/agent/v1/heartbeat/route.ts';
import * as seriesEnd from '#src/app/api/agent/v1/series/[datasetId]/end/route.ts';
import * as series from '#src/app/api/agent/v1/series/route.ts';
import * as complete from '#src/app/api/agent/v1/uploads/[uploadId]/complete/route.ts';
import * as upload from '#src/app/api/agent/v1/uploads/[uploadId]/route.ts';
import * as sign from '#src/app/api/agent/v1/uploads/[uploadId]/sign/route.ts';
import * as uploads from '#src/app/api/agent/v1/uploads/route.ts';
import { config } from '#src/server/config/config.ts';

/*
 * The agent interface's own route handlers behind plain node:http: what a HUB talks to, without building the web app
 * first. A child of the benches; tells its parent by IPC what was completed.
 */

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

const ROUTES: readonly [pattern: RegExp, handler: Handler][] = [
  [/^POST \/heartbeat$/, heartbeat.POST as Handler],
  [/^POST \/series$/, series.POST as Handler],
  [/^POST \/series\/(?<datasetId>[^/]+)\/end$/, seriesEnd.POST as Handler],
  [/^POST \/uploads$/, uploads.POST as Handler],
  [/^POST \/uploads\/(?<uploadId>[^/]+)\/complete$/, complete.POST as Handler],
  [/^POST \/uploads\/(?<uploadId>[^/]+)\/sign$/, sign.POST as Handler],
  [/^GET \/uploads\/(?<uploadId>[^/]+)$/, upload.GET as Handler],
];

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
  const headers = new Headers(incoming.headers as Record<string, string>);
  return new Request(`http://127.0.0.1${incoming.url}`, { method: incoming.method, headers, body });
}

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${incoming.method} ${(incoming.url ?? '').replace('/api/agent/v1', '')}`;
  for (const [pattern, handler] of ROUTES) {
    const match = pattern.exec(route);
    if (!match) continue;
    const request = await toRequest(incoming);
    const asked = request.clone();
    const result = await handler(request, { params: Promise.resolve({ ...match.groups } as never) });
    const text = await result.text();
    response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(text);
    if (result.status === 200) tell(route, await asked.text(), text);
    return;
  }
  response.writeHead(404).end();
}

function tell(route: string, asked: string, answered: string): void {
  const atMs = performance.timeOrigin + performance.now();
  if (route.endsWith('/complete')) {
    const { sizeBytes, chunks } = JSON.parse(asked) as { sizeBytes: number; chunks: unknown[] };
    const { path } = JSON.parse(answered) as { path: string };
    process.send?.({ event: 'file', path, sizeBytes, isData: chunks.length > 0, atMs });
  } else if (route.endsWith('/heartbeat')) process.send?.({ event: 'heartbeat', atMs });
  else if (route.endsWith('/end')) process.send?.({ event: 'end', end: JSON.parse(asked), atMs });
}

const settings = config();
const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    process.stderr.write(`agent interface: ${String(error)}\n`);
    response.writeHead(500).end();
  });
});
server.listen(settings.port, settings.host, () => process.send?.({ event: 'ready' }));
process.on('disconnect', () => process.exit(0));
