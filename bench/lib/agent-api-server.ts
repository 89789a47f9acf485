import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { config } from '#src/server/config/config.ts';
import { AGENT_API_BASE, type HeartbeatRequest } from '#src/shared/contracts/agent-api.ts';

/*
 * The agent interface's own route handlers behind plain node:http: what a HUB talks to, without building the web app
 * first. A child of the benches; tells its parent by IPC what was completed.
 */

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
type RouteModule = Partial<Record<string, Handler>>;

interface Route {
  /** Against the path below the interface's base. */
  pattern: RegExp;
  module: RouteModule;
}

const ROUTES_DIR = path.join(import.meta.dirname, '../../src/app/api/agent/v1');

/** Next's folders as patterns: `series/[datasetId]/end/route.ts` answers `/series/…/end`. */
async function findRoutes(): Promise<Route[]> {
  const found = readdirSync(ROUTES_DIR, { recursive: true, encoding: 'utf8' }).filter(
    (file) => path.basename(file) === 'route.ts',
  );
  return Promise.all(
    found.map(async (file) => {
      const text = `/${path.dirname(file)}`.replaceAll(/\[(\w+)\]/g, '(?<$1>[^/]+)');
      return {
        pattern: new RegExp(`^${text}$`),
        module: (await import(path.join(ROUTES_DIR, file))) as RouteModule,
      };
    }),
  );
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
  const headers = new Headers(incoming.headers as Record<string, string>);
  return new Request(`http://127.0.0.1${incoming.url}`, { method: incoming.method, headers, body });
}

async function answer(
  routes: readonly Route[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const below = pathname.replace(AGENT_API_BASE, '');
  for (const { pattern, module } of routes) {
    const match = pattern.exec(below);
    const handler = module[incoming.method ?? ''];
    if (!match || !handler) continue;
    const request = await toRequest(incoming);
    const asked = request.clone();
    const result = await handler(request, { params: Promise.resolve({ ...match.groups }) });
    const text = await result.text();
    response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(text);
    if (result.status === 200) await tell(below, asked, text);
    return;
  }
  response.writeHead(404).end();
}

async function tell(route: string, asked: Request, answered: string): Promise<void> {
  const atMs = performance.timeOrigin + performance.now();
  if (route === '/uploads/complete') {
    const { uploads } = (await asked.json()) as { uploads: { sizeBytes: number; chunks: unknown[] }[] };
    const done = JSON.parse(answered) as { uploads: { file: { path: string } | null }[] };
    for (const [index, { file }] of done.uploads.entries()) {
      const { sizeBytes, chunks } = uploads[index]!;
      if (file)
        process.send?.({ event: 'file', path: file.path, sizeBytes, isData: chunks.length > 0, atMs });
    }
  } else if (route.endsWith('/complete')) {
    const { sizeBytes, chunks } = (await asked.json()) as { sizeBytes: number; chunks: unknown[] };
    const file = JSON.parse(answered) as { path: string };
    process.send?.({ event: 'file', path: file.path, sizeBytes, isData: chunks.length > 0, atMs });
  } else if (route === '/heartbeat') {
    const { queue, buffer, rates, sending } = (await asked.json()) as HeartbeatRequest;
    const { uploadedBytesPerS } = rates;
    process.send?.({ event: 'heartbeat', queue, buffer, uploadedBytesPerS, sending, atMs });
  } else if (route.endsWith('/end')) process.send?.({ event: 'end', end: await asked.json(), atMs });
}

const settings = config();
const routes = await findRoutes();
const server = createServer((request, response) => {
  answer(routes, request, response).catch((error: unknown) => {
    process.stderr.write(`agent interface: ${String(error)}\n`);
    response.writeHead(500).end();
  });
});
server.listen(settings.port, settings.host, () => process.send?.({ event: 'ready' }));
process.on('disconnect', () => process.exit(0));
