import { glob } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

interface Route {
  /** Of the path. */
  address: RegExp;
  file: string;
}

const ROUTES_DIR = join(import.meta.dirname, '../app');

/** Our route handlers by address, as Next would find them: `series/[datasetId]/end/route.ts` answers `/series/…/end`. */
async function findRoutes(): Promise<Route[]> {
  const routes: Route[] = [];
  for await (const file of glob('api/{agent/v1,v1}/**/route.ts', { cwd: ROUTES_DIR })) {
    const address = dirname(file)
      .replaceAll(/\[\.{3}(\w+)\]/g, '(?<$1>.+)')
      .replaceAll(/\[(\w+)\]/g, '(?<$1>[^/]+)');
    routes.push({ address: new RegExp(`^/${address}$`), file: join(ROUTES_DIR, file) });
  }
  // As Next does: a name before a parameter.
  const parameters = ({ address }: Route) => address.source.split('(?<').length;
  return routes.sort((a, b) => parameters(a) - parameters(b));
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url!, 'http://web');
  const route = routes.find(({ address }) => address.test(pathname));
  const handlers = route ? ((await import(route.file)) as Record<string, Handler>) : {};
  const method = request.method!;
  const handler = handlers[method];
  if (!route || !handler) {
    response.writeHead(404).end();
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const headers = request.headers as Record<string, string>;
  // As bytes: previews are no text.
  const body = method === 'GET' ? undefined : await buffer(request);
  const result = await handler(
    new Request(`http://web${request.url}`, { method, headers, body, signal: gone.signal }),
    { params: Promise.resolve(route.address.exec(pathname)!.groups ?? {}) as Promise<never> },
  );
  response.writeHead(result.status, Object.fromEntries(result.headers));
  response.end(Buffer.from(await result.arrayBuffer()));
}

/**
 * The interfaces of agents and of access tokens over real HTTP without Next, which takes half a minute to build: the same handlers, services and database.
 * @param port 0: a free one
 */
export async function startAgentApiServer(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const routes = await findRoutes();
  const server: Server = createServer((request, response) => {
    answer(routes, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
