import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AGENT_API_BASE } from '../shared/contracts/agent-api.ts';

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

/** Our route handlers of the agent interface by address, as Next would find them. */
const ROUTES: readonly [method: string, address: RegExp, load: () => Promise<Handler>][] = [
  [
    'POST',
    /^\/heartbeat$/,
    () => import('../app/api/agent/v1/heartbeat/route.ts').then((route) => route.POST as Handler),
  ],
  [
    'POST',
    /^\/series$/,
    () => import('../app/api/agent/v1/series/route.ts').then((route) => route.POST as Handler),
  ],
  [
    'POST',
    /^\/series\/(?<datasetId>[^/]+)\/end$/,
    () =>
      import('../app/api/agent/v1/series/[datasetId]/end/route.ts').then((route) => route.POST as Handler),
  ],
  [
    'POST',
    /^\/uploads$/,
    () => import('../app/api/agent/v1/uploads/route.ts').then((route) => route.POST as Handler),
  ],
  [
    'GET',
    /^\/uploads\/(?<uploadId>[^/]+)$/,
    () => import('../app/api/agent/v1/uploads/[uploadId]/route.ts').then((route) => route.GET as Handler),
  ],
  [
    'POST',
    /^\/uploads\/(?<uploadId>[^/]+)\/sign$/,
    () =>
      import('../app/api/agent/v1/uploads/[uploadId]/sign/route.ts').then((route) => route.POST as Handler),
  ],
  [
    'POST',
    /^\/uploads\/(?<uploadId>[^/]+)\/complete$/,
    () =>
      import('../app/api/agent/v1/uploads/[uploadId]/complete/route.ts').then(
        (route) => route.POST as Handler,
      ),
  ],
];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!.slice(AGENT_API_BASE.length);
  const route = ROUTES.find(([method, address]) => method === request.method && address.test(path));
  if (!route || !request.url!.startsWith(AGENT_API_BASE)) {
    response.writeHead(404).end();
    return;
  }
  const [method, address, load] = route;
  const params = address.exec(path)!.groups ?? {};
  const headers = request.headers as Record<string, string>;
  const body = method === 'GET' ? undefined : await text(request);
  const handler = await load();
  const result = await handler(new Request(`http://web${request.url}`, { method, headers, body }), {
    params: Promise.resolve(params) as Promise<never>,
  });
  response.writeHead(result.status, Object.fromEntries(result.headers));
  response.end(Buffer.from(await result.arrayBuffer()));
}

/** The agent interface over real HTTP without Next, which takes half a minute to build: the same handlers, services and database. */
export async function startAgentApiServer(): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
